import type { Problem } from '@meower/client/problem.ts';
import type { Counted } from '../plurals.ts';
import type { Strings } from '../strings.ts';

export const strings = (counted: Counted): Strings => ({
  locale: 'de',
  name: 'Meower',
  slogan: 'Kurze Miaus, live für alle Katzen.',
  skipToContent: 'Zum Inhalt springen',
  home: 'Meower, zur Startseite',
  close: 'Schließen',

  shortcuts: {
    title: 'Tastenkürzel',
    keys: {
      j: 'Nächstes Miau',
      k: 'Voriges Miau',
      n: 'Miau schreiben',
      '/': 'Suchen',
      '.': 'Zu den neuesten Miaus',
      '?': 'Diese Tastenkürzel zeigen',
    },
    on: 'Diese Tastenkürzel verwenden',
  },

  composer: {
    title: 'Miau schreiben',
    label: 'Dein Miau',
    placeholder: 'Was kitzelt deine Schnurrhaare?',
    submit: 'Miauen',
    hint: 'Strg + Enter sendet',
    left: (count) => `noch ${counted(count, { other: '# Zeichen' })}`,
    over: (count) => `${counted(count, { other: '# Zeichen' })} zu viel`,
  },

  pending: {
    sending: 'Wird gesendet …',
    proving: 'Wird gesendet … Dein Browser löst zuerst eine kleine Aufgabe, als Schutz vor Massen-Miaus.',
    delayed: 'Wird gleich gesendet.',
    undo: 'Rückgängig',
    waiting: 'Keine Verbindung. Dein Miau wird gesendet, sobald es wieder eine gibt.',
    busy: 'Bei Meower ist viel los. Dein Miau wird gleich von selbst gesendet.',
    retry: 'Nochmal versuchen',
    edit: 'Bearbeiten',
    discard: 'Verwerfen',
    failed: (problem) => `Nicht gesendet. ${PROBLEMS[problem]}`,
    stale: 'Dieses Miau ist vielleicht schon veröffentlicht. Bitte sieh nach, bevor du es nochmal versuchst.',
  },

  timeline: {
    title: 'Miaus',
    loading: 'Miaus werden geladen …',
    newMeows: (count) => counted(count, { one: '# neues Miau', other: '# neue Miaus' }),
    wereHere: 'Bis hier warst du',
    toNewest: 'Zu den neuesten Miaus',
    announcements: 'Neue Miaus',
    empty: 'Ganz schön still hier',
    emptyHint: 'Noch keine Miaus. Sei die erste Katze!',
    end: 'Du hast alles gelesen. Zeit für ein Nickerchen.',
    failed: 'Die Miaus konnten nicht geladen werden',
    olderFailed: 'Ältere Miaus konnten nicht geladen werden.',
    further: 'Ältere Miaus ab hier zeigen',
    retry: 'Nochmal versuchen',
  },

  meow: {
    actions: 'Was tun mit diesem Miau',
    author: 'Anonyme Katze',
    hide: 'Dieses Miau ausblenden',
    more: 'Mehr zeigen',
  },

  report: {
    title: 'Dieses Miau melden',
    reason: 'Was stimmt damit nicht?',
    reasons: {
      spam: 'Spam',
      abuse: 'Es beleidigt oder bedroht jemanden',
      illegal: 'Es ist verboten',
      other: 'Etwas anderes',
    },
    text: 'Möchtest du etwas dazu sagen? (freiwillig)',
    hide: 'Auf diesem Gerät ausblenden',
    submit: 'Melden',
    result: (result) =>
      ({
        ...PROBLEMS,
        sent: 'Danke. Die Moderation sieht es sich an.',
        unsupported: 'Dieser Meower hat keine Moderation, die Meldungen annimmt.',
        missing: 'Dieses Miau ist schon gelöscht.',
        busy: 'Meower nimmt gerade keine Meldungen mehr an. Bitte versuch es später nochmal.',
      })[result],
  },

  single: {
    title: 'Ein Miau',
    back: 'Zurück zu allen Miaus',
    copy: 'Link kopieren',
    copied: 'Link kopiert.',
    share: 'Teilen',
    missing: 'Miau nicht gefunden',
    missingHint: 'Dieser Link führt zu keinem Miau. Vielleicht ist unterwegs ein Stück verloren gegangen.',
    failed: 'Das Miau konnte nicht geladen werden',
  },

  search: {
    label: 'Miaus suchen',
    clear: 'Suche leeren',
    title: (query) => `Ergebnisse für „${query}“`,
    loading: 'Suche läuft …',
    found: (count, more) =>
      `${more ? 'Mehr als ' : ''}${counted(count, { one: '# Miau', other: '# Miaus' })} gefunden`,
    fresh: 'Neu seit deiner Suche',
    none: 'Keine Miaus gefunden',
    noneHint: 'Versuch es mit weniger oder anderen Wörtern. Kleine Tippfehler machen nichts.',
    degraded: 'Die Suche ist gerade nicht verfügbar',
    degradedHint: 'Alles andere funktioniert. Bitte such in ein paar Minuten noch einmal.',
    failed: 'Die Suche ist fehlgeschlagen',
    retry: 'Nochmal suchen',
    end: 'Das ist alles.',
  },

  connection: {
    label: 'Verbindung',
    connecting: 'verbindet',
    live: 'live',
    reconnecting: 'verbindet neu',
    reconnectingIn: (seconds) => (seconds > 0 ? `verbindet neu in ${seconds} s` : 'verbindet neu …'),
    offline: 'offline',
  },

  settings: {
    title: 'Einstellungen',
    undo: 'Vor dem Senden fünf Sekunden warten, um es rückgängig zu machen',
    word: 'Wort stummschalten',
    mute: 'Stummschalten',
    unmute: (word) => `„${word}“ nicht mehr stummschalten`,
    showHidden: (count) =>
      `${counted(count, { one: '# ausgeblendetes Miau', other: '# ausgeblendete Miaus' })} wieder zeigen`,
  },

  theme: {
    system: 'Farben: wie das System',
    light: 'Farben: hell',
    dark: 'Farben: dunkel',
  },

  view: {
    failed: 'Die Seite konnte nicht ganz geladen werden.',
    reload: 'Neu laden',
  },

  problem: (problem) => PROBLEMS[problem],
  title: (unread, view) => `${unread > 0 ? `(${unread}) ` : ''}${view ? `${view} · ` : ''}Meower`,
});

const PROBLEMS: Record<Problem, string> = {
  unreachable: 'Meower ist nicht erreichbar. Bitte prüf deine Verbindung.',
  slow: 'Meower hat zu lange gebraucht. Bitte versuch es nochmal.',
  refused: 'Meower hat das nicht angenommen. Bitte ändere es und versuch es nochmal.',
  missing: 'Meower konnte das nicht finden.',
  busy: 'Bei Meower ist viel los. Bitte versuch es gleich nochmal.',
  broken: 'Bei Meower ist etwas schiefgegangen. Bitte versuch es gleich nochmal.',
};
