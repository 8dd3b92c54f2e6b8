export function findService(name: 'Redis' | 'Chromium' | 'ffmpeg'): string | undefined
export function missingServices(): { name: string; debianPackage: string; setting: string }[]
