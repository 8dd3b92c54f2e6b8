import type { Api } from '../bridge.js'
import { toBase64, toDataUrl } from '../media/local-media.js'
import type { Phone } from '../phone.js'
import { chooseImages } from '../ui/sheets/image-sheet.js'
import { previewImages } from '../ui/sheets/image-viewer.js'
import { strings } from './config.js'

export function imageApis(phone: Phone): Record<string, Api> {
  const { media, client, screen, settings } = phone
  return {
    async chooseImage({ count, sourceType }) {
      const sources = strings(sourceType)
      const files = await chooseImages(screen, {
        // WeChat lets a person choose at most nine images, whatever a page asks for.
        count: Math.max(1, Math.min(9, Number(count) || 9)),
        album: sources.length === 0 || sources.includes('album'),
        camera: sources.length === 0 || sources.includes('camera'),
      })
      if (!files) return { err_msg: 'chooseImage:cancel' }
      const localIds = files.images.map(file => media.add('image', file))
      return {
        err_msg: 'chooseImage:ok',
        sourceType: files.source,
        localIds: settings.isTextEncoded ? JSON.stringify(localIds) : localIds,
      }
    },

    async imagePreview({ current, urls }) {
      const addresses = strings(urls)
      const sources = await Promise.all(
        addresses.map(async url => {
          const image = media.image(url)
          return image ? toDataUrl(image.file) : url
        }),
      )
      previewImages(screen, sources, Math.max(0, addresses.indexOf(String(current))))
      return { err_msg: 'image_preview:ok' }
    },

    async uploadImage({ localId, isShowProgressTips }) {
      const image = media.image(localId)
      if (!image) return { err_msg: 'uploadImage:fail_file not exist' }
      const serverId = await screen.withProgress(
        screen.texts.uploading,
        () => client.uploadImage(image.file),
        isShowProgressTips !== 0,
      )
      return { err_msg: 'uploadImage:ok', serverId, mediaUrl: '' }
    },

    async downloadImage({ serverId, isShowProgressTips }) {
      const file = await screen.withProgress(
        screen.texts.downloading,
        () => client.downloadImage(String(serverId)),
        isShowProgressTips !== 0,
      )
      if (!file.type.startsWith('image/')) return { err_msg: 'downloadImage:fail_not an image' }
      return { err_msg: 'downloadImage:ok', localId: media.add('image', file) }
    },

    async getLocalImgData({ localId }) {
      const image = media.image(localId)
      if (!image) return { err_msg: 'getLocalImgData:fail_file not exist' }
      const base64 = await toBase64(image.file)
      // WeChat on Android gives bare base64 in lines, on iOS a data URL with this misspelt type. Pages have to read both.
      const localData = settings.isTextEncoded
        ? base64.replace(/.{76}/g, '$&\n')
        : `data:image/jgp;base64,${base64}`
      return { err_msg: 'getLocalImgData:ok', localData }
    },
  }
}

/**
 * Makes `<img src=localId>` work on Android, where WeChat's webview shows it, but Chromium reports an error. The error
 * stays in the console. In other profiles, the official script itself asks for the image's data.
 */
export function showLocalImages({ media, settings }: Phone): void {
  if (settings.profile !== 'android') return
  document.addEventListener(
    'error',
    async ({ target }) => {
      if (!(target instanceof HTMLImageElement)) return
      const image = media.image(target.getAttribute('src'))
      if (image) target.src = await toDataUrl(image.file)
    },
    true,
  )
}
