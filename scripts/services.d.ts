export function findService(
  name: 'Redis' | 'Valkey' | 'Caddy' | 'Chromium' | 'nginx' | 'OpenSSL' | 'ffmpeg',
): string | undefined
export function missingServices(): { name: string; debianPackage: string; setting: string }[]
export function slowServices(): { name: string; debianPackage: string; setting: string }[]
