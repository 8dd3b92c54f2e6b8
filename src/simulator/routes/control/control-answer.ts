import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { Refusal } from '../../platform/refusal.js'
import { readBody } from '../request-body.js'

/** Answers with the function's result as JSON. If the function throws, the answer is a 400 with the reason. */
export function answerControl(work: (req: Request) => unknown): RequestHandler {
  return function answer(req, res) {
    Promise.resolve()
      .then(() => work(req))
      .then(
        result => res.set('Cache-Control', 'no-store').json(result ?? { ok: true }),
        (error: unknown) => res.status(400).json({ error: describeError(error) }),
      )
  }
}

export async function readControlBody<Schema extends z.ZodType>(
  req: Request,
  schema: Schema,
  largestBody?: number,
): Promise<z.output<Schema>> {
  return schema.parse(JSON.parse((await readBody(req, largestBody)).toString() || '{}'))
}

function describeError(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error)
  if (error instanceof SyntaxError) return 'the body is not JSON'
  if (error instanceof TypeError || error instanceof RangeError || error instanceof Refusal)
    return error.message
  console.error('WeChat simulator: the control API failed', error)
  return 'the simulator itself failed; its console says how'
}
