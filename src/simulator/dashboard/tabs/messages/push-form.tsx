import { texts } from '../../texts/texts.js'
import { showNote } from '../../ui/note.js'
import { useWorkspace } from '../../workspace.js'

/** The form of the push settings, as in WeChat's console. They are saved only if the simulator's URL check passes. */
export function PushForm() {
  const { live } = useWorkspace()

  async function save(form: HTMLFormElement): Promise<void> {
    const given = [...new FormData(form)].filter(([, value]) => value !== '')
    const isSaved = await live.change(api => api.setPush(Object.fromEntries(given)))
    if (isSaved) showNote(texts.chat.pushSaved)
  }

  return (
    <form
      class="push-form"
      aria-label={texts.chat.push}
      onSubmit={event => {
        event.preventDefault()
        void save(event.currentTarget)
      }}
    >
      <p>{texts.chat.pushNote}</p>
      <input
        class="field"
        name="url"
        required
        aria-label={texts.chat.pushUrl}
        placeholder="http://127.0.0.1:3000/wechat/push"
        autocomplete="off"
      />
      <input class="field" name="token" required aria-label="Token" placeholder="Token" autocomplete="off" />
      <input
        class="field"
        name="encodingAesKey"
        aria-label="EncodingAESKey"
        placeholder="EncodingAESKey"
        autocomplete="off"
      />
      <div class="line">
        <select class="field" name="mode" aria-label={texts.chat.pushMode}>
          <option value="">{texts.chat.modes.default}</option>
          <option value="plain">{texts.chat.modes.plain}</option>
          <option value="compatible">{texts.chat.modes.compatible}</option>
          <option value="secure">{texts.chat.modes.secure}</option>
        </select>
        <select class="field" name="format" aria-label={texts.chat.pushFormat}>
          <option value="xml">XML</option>
          <option value="json">JSON</option>
        </select>
        <button type="submit" class="weui-btn weui-btn_mini weui-btn_primary">
          {texts.chat.savePush}
        </button>
      </div>
    </form>
  )
}
