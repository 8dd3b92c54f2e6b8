import type { PreverifyAnswer } from '../protocol/bridge.js'

/** Why a `wx.config` was refused, in the reader's language; empty if it was accepted. */
export function readReason({ mistake, hint, hintZh }: PreverifyAnswer, language: 'zh' | 'en'): string {
  if (mistake) return mistake[language]
  return language === 'zh' ? (hintZh ?? hint) : hint
}
