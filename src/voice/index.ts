export { type ConvertedVoice, convertVoice } from './convert-voice.js'
export type { ConvertVoiceOptions } from './convert-voice-options.js'
export { detectVoice, type VoiceCodec, voiceDurationSeconds } from './recording.js'
export { VoiceError, type VoiceErrorCode, type VoiceFormat } from './types.js'
