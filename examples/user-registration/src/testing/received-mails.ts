interface Person {
  name: string;
  address: string;
}

export interface ReceivedMail {
  messageId: string;
  subject: string;
  text: string;
  from: Person[];
  to: Person[];
  date: string;
}

/** As Mailpit writes it. */
interface MailpitMail {
  MessageID: string;
  Subject: string;
  Text: string;
  From: MailpitPerson;
  To: MailpitPerson[];
  Date: string;
}
interface MailpitPerson {
  Name: string;
  Address: string;
}

/** What a mail catcher received: Mailpit, which docker compose starts, or maildev. */
export async function receivedMails(page: string): Promise<ReceivedMail[]> {
  const list = await fetch(`${page}/api/v1/messages`);
  if (list.status === 404) return getJson<ReceivedMail[]>(`${page}/email`);
  const { messages } = (await list.json()) as { messages: { ID: string }[] };
  return Promise.all(
    messages.map(async ({ ID }) => fromMailpit(await getJson<MailpitMail>(`${page}/api/v1/message/${ID}`))),
  );
}

async function getJson<T>(url: string): Promise<T> {
  return (await fetch(url)).json() as T;
}

function fromMailpit({ MessageID, Subject, Text, From, To, Date: date }: MailpitMail): ReceivedMail {
  const person = ({ Name, Address }: MailpitPerson) => ({ name: Name, address: Address });
  return {
    messageId: MessageID,
    subject: Subject,
    text: Text.replaceAll('\r\n', '\n'),
    from: [person(From)],
    to: To.map(person),
    date: new Date(date).toISOString(),
  };
}
