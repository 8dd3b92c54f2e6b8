/**
 * Reads one picture of the window or tab that the developer chooses in the browser's dialog. Resolves to false if the
 * browser refuses, as it does in a frame whose owner does not permit `display-capture`.
 */
export async function captureScreen(read: (picture: HTMLVideoElement) => Promise<void>): Promise<boolean> {
  const stream = await requestScreen()
  if (!stream) return false
  try {
    const video = document.createElement('video')
    video.muted = true
    video.srcObject = stream
    await video.play()
    await read(video)
  } finally {
    for (const track of stream.getTracks()) track.stop()
  }
  return true
}

async function requestScreen(): Promise<MediaStream | undefined> {
  try {
    return await navigator.mediaDevices.getDisplayMedia({ video: true })
  } catch {
    return undefined
  }
}
