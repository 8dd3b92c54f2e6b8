import encodeQr from 'qr'
import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import type { Phone } from './support/phone.ts'
import { useFixture } from './support/use-fixture.ts'

describe.skipIf(!executablePath)('a scan of a picture', () => {
  const fixture = useFixture()

  /** A QR code as the browser would save it, 6 pixels to the module. */
  async function picture(phone: Phone, text: string): Promise<Buffer> {
    const modules = encodeQr(text, 'raw', { border: 4 })
    const base64 = await phone.run<string>(`(() => {
      const modules = ${JSON.stringify(modules)}
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = modules.length * 6
      const pen = canvas.getContext('2d')
      pen.fillStyle = '#fff'
      pen.fillRect(0, 0, canvas.width, canvas.height)
      pen.fillStyle = '#000'
      modules.forEach((row, y) => row.forEach((isDark, x) => { if (isDark) pen.fillRect(x * 6, y * 6, 6, 6) }))
      return canvas.toDataURL('image/png').split(',')[1]
    })()`)
    return Buffer.from(base64, 'base64')
  }

  const png = (buffer: Buffer) => ({ name: 'code.png', mimeType: 'image/png', buffer })

  async function open(): Promise<Phone> {
    const phone = await fixture.openPage({ settings: { language: 'en' } })
    await phone.configure(['scanQRCode'])
    return phone
  }

  it.each(['https://example.com/ticket?id=1', '票据：一张'])('reads %s from a chosen file', async text => {
    const phone = await open()
    const file = await picture(phone, text)
    const scanned = phone.call('scanQRCode', { needResult: 1 })
    await phone.control('scan-file').setInputFiles(png(file))
    expect(await scanned).toMatchObject({ how: 'success', resultStr: text })
  })

  it('reads a pasted picture', async () => {
    const phone = await open()
    const file = await picture(phone, 'pasted')
    const scanned = phone.call('scanQRCode', { needResult: 1 })
    await phone.control('scan-input').evaluate((input, base64) => {
      const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File([bytes], 'code.png', { type: 'image/png' }))
      input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }, file.toString('base64'))
    expect(await scanned).toMatchObject({ resultStr: 'pasted' })
  })

  it('reads what another window shows', async () => {
    const phone = await open()
    const file = await picture(phone, 'from another window')
    // Stands in for the browser's own question which window to capture: a canvas that shows the code.
    await phone.run(`(async () => {
      const image = new Image()
      image.src = 'data:image/png;base64,${file.toString('base64')}'
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      setInterval(() => canvas.getContext('2d').drawImage(image, 0, 0), 50)
      captured = canvas.captureStream()
      navigator.mediaDevices.getDisplayMedia = async () => captured
    })()`)
    const scanned = phone.call('scanQRCode', { needResult: 1 })
    await phone.control('scan-screen').click()
    expect(await scanned).toMatchObject({ resultStr: 'from another window' })
    expect(await phone.run(`captured.getTracks().map(({ readyState }) => readyState)`)).toEqual(['ended'])
  })

  it('says so if there is no code, and goes on asking', async () => {
    const phone = await open()
    const scanned = phone.call('scanQRCode', { needResult: 1 })
    const blank =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    await phone.control('scan-file').setInputFiles(png(Buffer.from(blank, 'base64')))
    expect(await phone.control('toast').textContent()).toBe('There is no code in it')
    await phone.control('scan-input').fill('typed')
    await phone.page.keyboard.press('Enter')
    expect(await scanned).toMatchObject({ resultStr: 'typed' })
  })
})
