/** What a recording can become. */
export type VoiceFormat = 'mp3' | 'wav' | 'ogg'

export const voiceFormats: Record<VoiceFormat, { contentType: string; extension: string }> = {
  mp3: { contentType: 'audio/mpeg', extension: 'mp3' },
  wav: { contentType: 'audio/wav', extension: 'wav' },
  ogg: { contentType: 'audio/ogg', extension: 'ogg' },
}
