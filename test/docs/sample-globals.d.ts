// What the shorter samples of the documents take for granted: an app, its token manager, a Redis client.
declare const app: import('express').Express
declare const tokenManager: import('express-wechat').TokenManager
declare const client: ReturnType<typeof import('redis').createClient>
