import { describe, expect, it } from 'vitest'
import { ConversionSlots } from '../../src/voice/conversion-slots.js'

const never = new AbortController().signal

describe('conversion slots', () => {
  it('run so many at once and the others in the order of their coming', async () => {
    const slots = new ConversionSlots(2)
    const started: number[] = []
    const endings: Gate[] = []
    const runs = [0, 1, 2, 3].map(number =>
      slots.run(never, () => {
        started.push(number)
        const ending = createGate()
        endings.push(ending)
        return ending.opened
      }),
    )
    await settle()
    expect(started).toEqual([0, 1])
    endings[1]?.open()
    await runs[1]
    await settle()
    expect(started).toEqual([0, 1, 2])
    endings[0]?.open()
    endings[2]?.open()
    await settle()
    expect(started).toEqual([0, 1, 2, 3])
    endings[3]?.open()
    await Promise.all(runs)
  })

  it('are given back by a task that fails', async () => {
    const slots = new ConversionSlots(1)
    await expect(slots.run(never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    await expect(slots.run(never, async () => 'next')).resolves.toBe('next')
  })

  it('let a waiter leave, whose task then never runs', async () => {
    const slots = new ConversionSlots(1)
    const ending = createGate()
    const first = slots.run(never, () => ending.opened)
    const impatient = new AbortController()
    let ran = false
    const second = slots.run(impatient.signal, async () => {
      ran = true
    })
    const third = slots.run(never, async () => 'third')
    impatient.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    ending.open()
    await first
    await expect(third).resolves.toBe('third')
    expect(ran).toBe(false)
  })

  it('run nothing for who has left already', async () => {
    const slots = new ConversionSlots(1)
    await expect(slots.run(AbortSignal.abort(new Error('gone')), async () => 'ran')).rejects.toThrow('gone')
    await expect(slots.run(never, async () => 'next')).resolves.toBe('next')
  })
})

interface Gate {
  opened: Promise<void>
  open: () => void
}

function createGate(): Gate {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** Lets every promise that can settle do so. */
function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
