// What the shorter samples of the documents take for granted: an app, its token manager, a Redis client, the app's users.
declare const app: import('express').Express
declare const tokenManager: import('express-wechat').TokenManager
declare const client: ReturnType<typeof import('redis').createClient>
declare function findOrCreateUser(
  openid: string,
  options: { signal: AbortSignal },
): Promise<{ id: number; isBanned: boolean }>
