import { element } from '../dom.js'
import { samplePhoto, toJpeg } from '../sample-photo.js'
import { openSheet } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

/** Takes a photo with this computer's camera, or paints one without a camera. Undefined if the developer cancels. */
export async function takePhoto(host: SheetHost): Promise<Blob | undefined> {
  const stream = await openCamera()
  if (!stream) {
    host.toast(host.texts.noCamera)
    return samplePhoto(0).file
  }

  const video = element('video', { class: 'finder' })
  video.muted = true
  video.playsInline = true
  video.srcObject = stream
  const shutter = element('button', { class: 'shutter', testId: 'shutter', label: host.texts.shutter })
  const sheet = openSheet<Blob>(host, { title: host.texts.takePhoto, testId: 'finder', look: 'full' })
  const cancel = element('button', {
    testId: 'cancel',
    text: host.texts.cancel,
    onclick: () => sheet.close(),
  })
  shutter.disabled = true
  video.addEventListener('canplay', () => {
    shutter.disabled = false
  })
  shutter.addEventListener('click', async () => sheet.close(await captureFrame(video)))
  sheet.body.classList.add('dark')
  sheet.body.append(video, element('footer', { class: 'camera-bar' }, cancel, shutter, element('span')))
  await video.play().catch(() => undefined)
  try {
    return await sheet.closed
  } finally {
    for (const track of stream.getTracks()) track.stop()
  }
}

async function openCamera(): Promise<MediaStream | undefined> {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: true })
  } catch {
    return undefined
  }
}

async function captureFrame(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  canvas.getContext('2d')?.drawImage(video, 0, 0)
  return toJpeg(canvas)
}
