/** The service key by which the aborted upload may call the API proxy of the server under load. */
export const SERVICE_KEY = 'soak-0123456789abcdefghijklmnopqrstuv'
