import type { Request, Response } from 'express'
import type { Person } from '../../platform/people.js'

const name = 'wxsim_person'

/** Reads the id of the person that this browser chose last, from its cookie. */
export function readPersonId(req: Request): string | undefined {
  const pairs = (req.get('cookie') ?? '').split(';').map(pair => pair.trim())
  return pairs.find(pair => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

export function rememberPerson(res: Response, person: Person): void {
  res.append('Set-Cookie', `${name}=${person.id}; Path=/; HttpOnly; SameSite=Lax`)
}

export function forgetPerson(res: Response): void {
  res.append('Set-Cookie', `${name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`)
}
