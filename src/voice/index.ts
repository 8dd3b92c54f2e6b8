export { type ConvertedVoice, type ConvertVoiceOptions, convertVoice } from './convert-voice.js'
export { detectVoice, type VoiceCodec, voiceDurationSeconds } from './recording.js'
export { VoiceError, type VoiceErrorCode, type VoiceFormat } from './types.js'
