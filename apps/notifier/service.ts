import type { ServiceDescriptor } from '@portico/descriptor';

/** notifier: workers that deliver mail, SMS and pushes of all services. */
export default {
  name: 'notifier',
  kind: 'worker',
  title: { zh: '通知', en: 'Notifier' },
  owner: '@portico/messaging',
  uses: {
    mongodb: 'required',
    redis: 'required',
    outside: [{ what: 'mail, SMS, pushes', ports: [443, 465, 587, 2775] }],
  },
  secrets: [
    { name: 'SEALING_KEYS', made: 'sealing-key' },
    { name: 'SMPP_PASSWORD', made: 'given' },
    { name: 'TWILIO_AUTH_TOKEN', made: 'given' },
    { name: 'SMTP_USER', made: 'given' },
    { name: 'SMTP_PASSWORD', made: 'given' },
    { name: 'DKIM_PRIVATE_KEY', made: 'given' },
    { name: 'ALIYUN_ACCESS_KEY_ID', made: 'given' },
    { name: 'ALIYUN_ACCESS_KEY_SECRET', made: 'given' },
    { name: 'SMS_HTTP_SECRET', made: 'given' },
    { name: 'FCM_SERVICE_ACCOUNT', made: 'given' },
    { name: 'APNS_PRIVATE_KEY', made: 'given' },
    { name: 'GETUI_APP_KEY', made: 'given' },
    { name: 'GETUI_MASTER_SECRET', made: 'given' },
  ],
  memory: { request: '160Mi', limit: '512Mi' },
  // V8 lets its young generation grow to 16 MB a half while a process starts and keeps it; a quarter saves 20 MB.
  nodeFlags: ['--max-semi-space-size=4'],
  // Scaled by the length of its queues where KEDA is there (k8s/components/keda), never by its processor.
  instances: { least: 2 },
  config: 'src/config.ts',
  metrics: 'metrics.ts',
} satisfies ServiceDescriptor;
