import decodeQr from 'qr/decode.js'

interface DetectedCode {
  rawValue: string
  format: string
}

interface DetectorWindow extends Window {
  /** Only some browsers have this API. In others, bar codes can't be read. */
  BarcodeDetector?: new () => { detect(image: ImageBitmap): Promise<DetectedCode[]> }
}

/** Pictures are scaled down to this side, in pixels: larger ones do not show a code better, and take seconds. */
const MAX_SIDE = 1_600

/**
 * Reads the QR code or bar code in a picture, in the form of `resultStr`: a bar code's text follows its kind, as in
 * `EAN_13,6921665714849`. Undefined if no code is found.
 */
export async function readCode(picture: Blob | HTMLVideoElement): Promise<string | undefined> {
  const bitmap = await createImageBitmap(picture)
  try {
    return readQrCode(bitmap) ?? (await readBarcode(bitmap))
  } finally {
    bitmap.close()
  }
}

function readQrCode(bitmap: ImageBitmap): string | undefined {
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (!pen) return undefined
  // Without a white background, the transparent parts of a picture would be black.
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  try {
    return decodeQr(pen.getImageData(0, 0, canvas.width, canvas.height), { timeLimit: 2_000 })
  } catch {
    return undefined
  }
}

async function readBarcode(bitmap: ImageBitmap): Promise<string | undefined> {
  const { BarcodeDetector } = window as DetectorWindow
  if (!BarcodeDetector) return undefined
  try {
    const [code] = await new BarcodeDetector().detect(bitmap)
    if (!code) return undefined
    return code.format === 'qr_code' ? code.rawValue : `${code.format.toUpperCase()},${code.rawValue}`
  } catch {
    return undefined
  }
}
