import { useEffect, useRef } from 'preact/hooks'
import { captureScreen } from '../../scanner/capture-screen.js'
import { readCode } from '../../scanner/read-code.js'
import { texts } from '../texts/texts.js'
import { showNote } from '../ui/note.js'
import { useWorkspace } from '../workspace.js'
import { isSceneCode, toComputerAddress, toPhoneAddress } from './scan-address.js'

/**
 * The phone's scanner: it opens the address of a code that a page in another window shows. A code of the account with a
 * scene leads to the conversation, as in WeChat. The code comes as a picture or a link that is dropped or pasted, from a
 * window that the browser may capture, or as a typed address.
 */
export function ScanPanel({ onClose }: { onClose: () => void }) {
  const { live, navigation, phone } = useWorkspace()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])

  function open(text: string): void {
    onClose()
    const personId = live.data?.chat.personId
    if (isSceneCode(text) && personId) {
      navigation.openTab('messages')
      void live.change(api => api.scanScene(personId, text.trim()))
      return
    }
    phone.open(toPhoneAddress(text, location.hostname))
  }

  async function read(picture: Blob | HTMLVideoElement): Promise<void> {
    const found = await readCode(picture).catch(() => undefined)
    if (found === undefined) showNote(texts.scanNothing)
    else open(found)
  }

  /** Opens the code in a dropped or pasted picture, or a dropped link. A pasted text goes into the field. */
  function take(event: Event, transfer: DataTransfer | null): void {
    const picture = [...(transfer?.files ?? [])].find(({ type }) => type.startsWith('image/'))
    const link = event.type === 'drop' ? transfer?.getData('text/plain') : undefined
    if (!picture && !link) return
    event.preventDefault()
    if (picture) void read(picture)
    else if (link) open(link)
  }

  async function capture(): Promise<void> {
    const captured = await captureScreen(read)
    if (!captured) showNote(texts.scanScreenRefused)
  }

  return (
    <form
      class="scan-panel"
      aria-label={texts.scan}
      onSubmit={event => {
        event.preventDefault()
        open(field.current?.value ?? '')
      }}
      onKeyDown={({ key }) => {
        if (key === 'Escape') onClose()
      }}
      onPaste={event => take(event, event.clipboardData)}
      onDragOver={event => event.preventDefault()}
      onDrop={event => take(event, event.dataTransfer)}
    >
      <p>{texts.scanHint}</p>
      <div class="scan-line">
        <input
          ref={field}
          class="field"
          type="text"
          inputMode="url"
          autocomplete="off"
          spellcheck={false}
          required
          aria-label={texts.scanAddress}
          placeholder={texts.scanAddress}
        />
        <button type="submit" class="weui-btn weui-btn_mini weui-btn_primary">
          {texts.scanOpen}
        </button>
      </div>
      <div class="scan-line">
        <label class="weui-btn weui-btn_mini weui-btn_default">
          {texts.scanPicture}
          <input
            type="file"
            accept="image/*"
            onChange={({ currentTarget }) => {
              const [picture] = currentTarget.files ?? []
              if (picture) void read(picture)
            }}
          />
        </label>
        <button type="button" class="weui-btn weui-btn_mini weui-btn_default" onClick={capture}>
          {texts.scanWindow}
        </button>
        {phone.url !== '' && (
          <a
            href={toComputerAddress(new URL('/', phone.url).href, location.hostname)}
            target="_blank"
            rel="noreferrer"
          >
            {texts.openOnComputer}
          </a>
        )}
      </div>
    </form>
  )
}
