const skies: readonly [top: string, bottom: string, hills: string, sun: string][] = [
  ['#7fb8e6', '#fbe3c0', '#4f7d5c', '#fff3c4'],
  ['#3b2f63', '#f08a5d', '#2a2140', '#ffd27a'],
  ['#0e1b33', '#31557a', '#0a1424', '#f3f1e4'],
  ['#bfe3d8', '#f7f4e6', '#6fa392', '#ffffff'],
]

export const samplePhotoCount = skies.length

/** Paints a landscape of 1280 by 960 pixels, for a computer without a camera or a picture at hand. */
export function samplePhoto(index: number): { canvas: HTMLCanvasElement; file: Promise<Blob> } {
  const canvas = document.createElement('canvas')
  canvas.width = 1280
  canvas.height = 960
  const sky = skies[index % skies.length]
  const pen = canvas.getContext('2d')
  if (pen && sky) paint(pen, sky, index)
  return { canvas, file: toJpeg(canvas) }
}

export async function toJpeg(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      blob => (blob ? resolve(blob) : reject(new Error('the canvas gave no picture'))),
      'image/jpeg',
      0.9,
    )
  })
}

function paint(
  pen: CanvasRenderingContext2D,
  [top, bottom, hills, sun]: (typeof skies)[number],
  index: number,
): void {
  const { width, height } = pen.canvas
  const gradient = pen.createLinearGradient(0, 0, 0, height)
  gradient.addColorStop(0, top)
  gradient.addColorStop(1, bottom)
  pen.fillStyle = gradient
  pen.fillRect(0, 0, width, height)

  pen.fillStyle = sun
  pen.beginPath()
  pen.arc(width * (0.25 + 0.16 * index), height * 0.36, 90, 0, 2 * Math.PI)
  pen.fill()

  pen.fillStyle = hills
  for (const [base, swing, opacity] of [
    [0.62, 60, 0.45],
    [0.74, 80, 0.7],
    [0.86, 50, 1],
  ] as const) {
    pen.globalAlpha = opacity
    pen.beginPath()
    pen.moveTo(0, height)
    for (let x = 0; x <= width; x += 20) {
      const wave = Math.sin(x / 170 + index * 2 + base * 9) + 0.5 * Math.sin(x / 63 + index + base * 5)
      pen.lineTo(x, height * base - wave * swing)
    }
    pen.lineTo(width, height)
    pen.fill()
  }
  pen.globalAlpha = 1
}
