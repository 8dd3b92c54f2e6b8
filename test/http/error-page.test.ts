import express from 'express'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { sendNoticePage } from '../../src/http/error-page.js'

describe('the page for a person who can not go on', () => {
  const app = express().get('/', (_req, res) => sendNoticePage(res, { status: 400, title: 'a', text: 'b' }))
  const ancestorsUnder = async (host: string) => {
    const { headers } = await request(app).get('/').set('Host', host)
    return /frame-ancestors ([^;]*)/.exec(headers['content-security-policy'] ?? '')?.[1]
  }

  it.each(['localhost:3000', '127.0.0.1', '127.0.0.1:3000'])(
    'can be framed by the phone of the simulator on %s',
    async host => {
      expect(await ancestorsUnder(host)).toBe("'self' http://localhost:* http://127.0.0.1:*")
    },
  )

  it.each(['m.example.com', 'localhost.example.com', '127.0.0.1.example.com', 'example.com:3000'])(
    'can be framed by its own site alone on %s',
    async host => {
      expect(await ancestorsUnder(host)).toBe("'self'")
    },
  )
})
