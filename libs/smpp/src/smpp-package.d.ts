/** The part of `smpp` that is used here; the package brings no types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer, Socket } from 'node:net';

  export interface Pdu {
    command: string;
    command_status: number;
    sequence_number: number;
    message_id?: string;
    source_addr?: string;
    destination_addr?: string;
    esm_class?: number;
    data_coding?: number;
    registered_delivery?: number;
    system_id?: string;
    password?: string;
    short_message?: { message?: string | Buffer; udh?: Buffer[] } | Buffer | string;
    receipted_message_id?: string;
    message_state?: number;
    message_payload?: { message?: string | Buffer } | Buffer | string;
    sar_msg_ref_num?: number;
    sar_total_segments?: number;
    sar_segment_seqnum?: number;
    response(fields?: object): Pdu;
  }
  type Responded = (pdu: Pdu) => void;

  export class Session extends EventEmitter {
    socket: Socket;
    bind_receiver(fields: object, responded?: Responded): boolean;
    bind_transmitter(fields: object, responded?: Responded): boolean;
    bind_transceiver(fields: object, responded?: Responded): boolean;
    submit_sm(fields: object, responded?: Responded): boolean;
    deliver_sm(fields: object, responded?: Responded): boolean;
    enquire_link(fields: object, responded?: Responded): boolean;
    unbind(responded?: Responded): boolean;
    send(pdu: Pdu): boolean;
    close(): void;
    destroy(): void;
  }
  interface Smpp {
    connect(options: { url: string; connectTimeout?: number }, connected?: () => void): Session;
    createServer(listener: (session: Session) => void): NetServer;
    encodings: Record<'ASCII' | 'UCS2', { match(text: string): boolean; encode(text: string): Buffer }>;
    errors: Record<string, number>;
  }
  const smpp: Smpp;
  export default smpp;
}
