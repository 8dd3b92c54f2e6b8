import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { type Fault, faultName } from '../platform/faults.js'
import type { Platform } from '../platform/platform.js'
import { Refusal } from '../platform/refusal.js'
import { getHistoryEntry, getPath, sendRefusal } from './api/endpoint.js'
import { authorizePath, sendErrorPage } from './login/authorize-routes.js'

const dripIntervalMs = 100

/** Injects the next fault that is queued for the path of the request. */
export function injectFault(platform: Platform): RequestHandler {
  return function faultOrNext(req, res, next) {
    const fault = platform.faults.take(getPath(req))
    if (fault === undefined) return next()
    const entry = getHistoryEntry(res)
    if (entry) entry.fault = faultName(fault)
    play(platform, fault, req, res, next)
  }
}

function play(platform: Platform, fault: Fault, req: Request, res: Response, next: NextFunction) {
  if (typeof fault === 'string') return playNamed(fault, req, res, next)
  if ('errcode' in fault) {
    if (getPath(req) === authorizePath)
      return sendErrorPage(req, res, {
        errorPage: fault.errcode,
        reason: 'a fault that was planned in the simulator',
        reasonZh: '模拟器中预设的故障',
      })
    return sendRefusal(platform, res, getPath(req), new Refusal(fault.errcode, fault.errmsg))
  }
  if ('json' in fault)
    return sendText(res, 200, JSON.stringify(fault.json), 'application/json; encoding=utf-8')
  if ('text' in fault) return sendText(res, 200, fault.text, fault.contentType)
  if ('status' in fault) {
    return sendText(res, fault.status, fault.body ?? '', fault.contentType ?? 'text/html')
  }
  if ('handle' in fault) return fault.handle(req, res)

  const { delayMs, fault: later } = fault
  const timer = setTimeout(() => (later ? play(platform, later, req, res, next) : next()), delayMs)
  res.once('close', () => clearTimeout(timer))
}

function playNamed(fault: Extract<Fault, string>, req: Request, res: Response, next: NextFunction) {
  switch (fault) {
    case 'reset':
      req.socket.resetAndDestroy()
      return
    case 'lost':
      // The endpoint ends its answer after its work, so the work is done and only the answer is lost.
      res.end = () => {
        req.socket.resetAndDestroy()
        return res
      }
      next()
      return
    case 'hang':
      // The request hangs until the caller gives up or the simulator closes, which ends every connection.
      return
    case 'drip': {
      res.writeHead(200, { 'Content-Type': 'application/json; encoding=utf-8' })
      res.write('{')
      const timer = setInterval(() => res.write(' '), dripIntervalMs)
      res.once('close', () => clearInterval(timer))
      return
    }
    case 'cut':
      res.writeHead(200, { 'Content-Type': 'application/json; encoding=utf-8', 'Content-Length': 1_000 })
      res.write(`{"access_token":"${'x'.repeat(83)}`, () => req.socket.destroy())
      return
    case 'html':
      sendText(res, 200, '<html><body><h1>502 Bad Gateway</h1></body></html>', 'text/html')
      return
    case 'empty':
      res.setHeader('Content-Length', 0)
      res.end()
      return
  }
}

function sendText(res: Response, status: number, text: string, contentType: string): void {
  const bytes = Buffer.from(text)
  res.writeHead(status, { 'Content-Type': contentType, 'Content-Length': bytes.length })
  res.end(bytes)
}
