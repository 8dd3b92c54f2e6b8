// Takes the pictures of the documents again: npm run pictures. The script starts the time capsule against the
// simulator, walks through the app in the dashboard's phone, and needs Chromium, ffmpeg and a font for Chinese.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium, type FrameLocator, type Page } from 'playwright-core'
import { startScript } from '../test/examples/time-capsule/support/started-script.ts'
import { findService } from './services.js'

const VIEWPORT = { width: 1280, height: 860 }
/** How long the moving picture shows each step, in seconds. */
const STEP_SECONDS = 2
/** The dashboard draws its list of requests within so many milliseconds of the page that caused them. */
const DRAWN_WITHIN_MS = 800

/** The names of the controls that the walk uses, and what it writes. */
const chinese = {
  locale: 'zh-CN',
  suffix: '.zh-CN',
  letter: '一年后的我：\n今天傍晚，海边的云像着了火。面包店又开门了，我想让你记得那个味道。',
  logIn: '微信登录',
  allow: '允许',
  write: '写一封信',
  letterBox: '信',
  addPhoto: '放一张照片',
  photoThere: '照片放好了',
  addVoice: '录一段声音',
  recording: /正在录音/,
  voiceThere: '声音录好了',
  inAYear: '一年后',
  seal: '封存这封信',
  sealedTitle: '封好了',
  toList: '好',
  daysLeft: /还有 \d+ 天/,
  travel: '把时间拨到那一天',
  open: '拆开',
  back: '返回',
  reload: '刷新',
  whichCall: '哪个调用',
  whichFault: '什么故障',
  plan: '预设这个故障',
}

type Words = typeof chinese

const english: Words = {
  locale: 'en-US',
  suffix: '',
  letter:
    'Dear future me,\nthe first snow fell today, and the bakery round the corner is open again. Remember how it smelled.',
  logIn: 'Log in with WeChat',
  allow: 'Allow',
  write: 'Write a letter',
  letterBox: 'Letter',
  addPhoto: 'Add a photograph',
  photoThere: 'The photograph is in',
  addVoice: 'Record your voice',
  recording: /Recording/,
  voiceThere: 'Your voice is in',
  inAYear: 'In a year',
  seal: 'Seal it',
  sealedTitle: 'Sealed',
  toList: 'Done',
  daysLeft: /\d+ days to go/,
  travel: 'Go to that day',
  open: 'Open it',
  back: 'Back',
  reload: 'Reload',
  whichCall: 'Which call',
  whichFault: 'Which fault',
  plan: 'Plan this fault',
}

for (const words of [english, chinese]) await takePictures(words)

async function takePictures(words: Words): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'))
  // Before the capsule, which would keep its port if no browser starts. The browser ends with this process.
  const browser = await launchBrowser()
  const capsule = await startScript({ PORT: '3000', DATA_DIR: folder })
  try {
    const page = await browser.newPage({ viewport: VIEWPORT, locale: words.locale, reducedMotion: 'reduce' })
    await page.goto(capsule.entrance)
    await takeMovingPicture(page, words, folder)
    await showFault(page, words)
    await page.screenshot({ path: `docs/dashboard${words.suffix}.png` })
  } finally {
    await browser.close()
    await capsule.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Writes a picture of each step of the walk, and makes an animation of them. */
async function takeMovingPicture(page: Page, words: Words, folder: string): Promise<void> {
  const phone = page.frameLocator('iframe')
  let steps = 0
  for (const step of [showStart, showLogin, showRecording, showDay, showSealed, showOpened]) {
    await step(phone, words)
    // A message of the app would cover what the picture is to show.
    await phone.locator('#toast').waitFor({ state: 'hidden' })
    await delay(DRAWN_WITHIN_MS)
    steps += 1
    await page.screenshot({ path: join(folder, `step-${steps}.png`) })
  }
  animate(folder, `docs/time-capsule${words.suffix}.gif`)
}

async function showStart(phone: FrameLocator, { logIn }: Words): Promise<void> {
  await phone.getByRole('link', { name: logIn }).waitFor()
}

async function showLogin(phone: FrameLocator, { logIn }: Words): Promise<void> {
  await phone.getByRole('link', { name: logIn }).click()
  await phone.getByText('林晓雨').click()
}

async function showRecording(phone: FrameLocator, words: Words): Promise<void> {
  await phone.getByRole('button', { name: words.allow }).click()
  await phone.getByRole('link', { name: words.write }).click()
  await phone.getByRole('textbox', { name: words.letterBox }).fill(words.letter)
  await phone.getByRole('button', { name: words.addPhoto }).click()
  await phone.getByTestId('wxsim-sample-2').click()
  await phone.getByTestId('wxsim-done').click()
  await phone.getByText(words.photoThere).waitFor()
  await phone.getByRole('button', { name: words.addVoice }).click()
  await phone.getByRole('button', { name: words.recording }).waitFor()
}

async function showDay(phone: FrameLocator, words: Words): Promise<void> {
  await phone.getByRole('button', { name: words.recording }).click()
  await phone.getByText(words.voiceThere).waitFor()
  await phone.getByRole('button', { name: words.inAYear }).click()
}

async function showSealed(phone: FrameLocator, words: Words): Promise<void> {
  await phone.getByRole('button', { name: words.seal }).click()
  await phone.getByRole('heading', { name: words.sealedTitle }).waitFor()
}

async function showOpened(phone: FrameLocator, words: Words): Promise<void> {
  await phone.getByRole('link', { name: words.toList, exact: true }).click()
  await phone.getByRole('link', { name: words.daysLeft }).click()
  await phone.getByRole('button', { name: words.travel }).click()
  await phone.getByRole('button', { name: words.open }).click()
  await phone.locator('.letter-text').waitFor()
}

/** Makes WeChat refuse the app's next token, and opens the dashboard's explanation. */
async function showFault(page: Page, words: Words): Promise<void> {
  const phone = page.frameLocator('iframe')
  await page.locator('#tab-faults').click()
  await page.getByLabel(words.whichCall).selectOption('/cgi-bin/stable_token')
  await page.getByLabel(words.whichFault).selectOption('errcode:-1')
  await page.getByRole('button', { name: words.plan }).click()
  // The reloaded page asks for a signature, and the app for a new token, because the old one has expired in the year.
  await phone.getByRole('link', { name: words.back }).click()
  await phone.getByRole('link', { name: words.write }).click()
  await phone.getByRole('textbox', { name: words.letterBox }).fill(words.letter)
  await page.getByRole('button', { name: words.reload, exact: true }).click()
  await page.locator('#tab-requests').click()
  await page.locator('.row').filter({ hasText: 'errcode -1' }).first().click()
  await delay(DRAWN_WITHIN_MS)
}

function animate(folder: string, path: string): void {
  const frames = ['-framerate', `1/${STEP_SECONDS}`, '-i', join(folder, 'step-%d.png')]
  const palette =
    'scale=1000:-1:flags=lanczos,split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=none'
  execFileSync(findService('ffmpeg') ?? 'ffmpeg', [
    '-loglevel',
    'error',
    '-y',
    ...frames,
    '-vf',
    palette,
    path,
  ])
}

function launchBrowser() {
  const executablePath = findService('Chromium')
  return chromium.launch({
    ...(executablePath && { executablePath }),
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  })
}
