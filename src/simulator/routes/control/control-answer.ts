import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { Refusal } from '../../platform/refusal.js'
import { readBody } from '../request-body.js'

/** Answers with what the function returns, as JSON; what it cannot take is a 400 that says why. */
export function answerControl(work: (req: Request) => unknown): RequestHandler {
  return function answer(req, res) {
    Promise.resolve()
      .then(() => work(req))
      .then(
        result => res.set('Cache-Control', 'no-store').json(result ?? { ok: true }),
        (error: unknown) => res.status(400).json({ error: reasonOf(error) }),
      )
  }
}

export async function readControlBody<Schema extends z.ZodType>(
  req: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  return schema.parse(JSON.parse((await readBody(req)).toString() || '{}'))
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error)
  if (error instanceof SyntaxError) return 'the body is not JSON'
  if (error instanceof TypeError || error instanceof RangeError || error instanceof Refusal)
    return error.message
  console.error('WeChat simulator: the control API failed', error)
  return 'the simulator itself failed; its console says how'
}
