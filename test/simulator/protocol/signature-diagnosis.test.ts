import { expect, it } from 'vitest'
import type { PreverifyRequest } from '../../../src/simulator/protocol/bridge.ts'
import { signedUrlMistakes } from '../../../src/simulator/protocol/signature-diagnosis.ts'

const url = 'http://127.0.0.1:3000/page?a=1&name=%E5%BE%AE'
const request: PreverifyRequest = {
  url,
  href: `${url}#part`,
  landingUrl: url,
  profile: 'android',
  appId: 'wxsim',
  timestamp: '1',
  nonceStr: 'n',
  signature: 's',
  jsApiList: ['chooseImage'],
  openTagList: [],
}

it.each([
  [`${url}#part`, /fragment/],
  [decodeURIComponent(url), /decoded/],
  ['http://127.0.0.1:3000/page?a=1', /cut at its first &/],
  ['http://127.0.0.1:3000/page', /query was left out/],
  [url.replace('127.0.0.1', 'localhost'), /localhost was signed/],
  [url.replace('http:', 'https:'), /https was signed/],
])('recognises why %s was signed', (signed, mistake) => {
  expect(signedUrlMistakes(request).find(likely => likely.url === signed)?.en).toMatch(mistake)
})
