import { chosenProviders, type Config } from '../config.ts';
import type { Providers } from '../deliveries/courier.ts';
import { logProvider } from './log.ts';
import { smtpProvider } from './mail/smtp.ts';
import type { DeliveryReceipt, MailContent, Provider, PushContent, SmsContent } from './provider.ts';
import { apnsProvider } from './push/apns.ts';
import { fcmProvider } from './push/fcm.ts';
import { getuiProvider } from './push/getui.ts';
import { aliyunProvider } from './sms/aliyun.ts';
import { httpSmsProvider } from './sms/http.ts';
import { smppProvider } from './sms/smpp.ts';
import { twilioProvider } from './sms/twilio.ts';

/** Makes the providers that the environment chose. Their settings are complete: the configuration was checked. */
export function createProviders(config: Config, onReceipt: (receipt: DeliveryReceipt) => void): Providers {
  const chosen = (channel: Config['NOTIFIER_ROLES'][number]) =>
    config.NOTIFIER_ROLES.includes(channel) ? chosenProviders(config, channel) : [];
  const [mail] = chosen('email');
  const [sms] = chosen('sms');
  return {
    email: mail === undefined ? undefined : mailProvider(config, mail),
    sms: sms === undefined ? undefined : smsProvider(config, sms, onReceipt),
    push: new Map(chosen('push').map((name) => [name, pushProvider(config, name)])),
  };
}

function mailProvider(config: Config, name: string): Provider<MailContent> {
  if (name === 'log') return logProvider(config.LOG_PROVIDER_LATENCY_MS);
  const { DKIM_DOMAIN, DKIM_PRIVATE_KEY } = config;
  return smtpProvider({
    host: config.SMTP_HOST ?? '',
    port: config.SMTP_PORT,
    tls: config.SMTP_TLS,
    user: config.SMTP_USER,
    password: config.SMTP_PASSWORD,
    from: config.MAIL_FROM ?? '',
    maxConnections: config.SMTP_MAX_CONNECTIONS,
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    ...(DKIM_DOMAIN !== undefined &&
      DKIM_PRIVATE_KEY !== undefined && {
        dkim: { domainName: DKIM_DOMAIN, keySelector: config.DKIM_SELECTOR, privateKey: DKIM_PRIVATE_KEY },
      }),
  });
}

function smsProvider(
  config: Config,
  name: string,
  onReceipt: (receipt: DeliveryReceipt) => void,
): Provider<SmsContent> {
  switch (name) {
    case 'smpp':
      return smppProvider({
        url: config.SMPP_URL ?? '',
        systemId: config.SMPP_SYSTEM_ID ?? '',
        password: config.SMPP_PASSWORD ?? '',
        source: config.SMPP_SOURCE ?? '',
        bind: config.SMPP_BIND,
        window: config.SMPP_WINDOW,
        timeoutMs: config.PROVIDER_TIMEOUT_MS,
        enquireEveryMs: 30_000,
        onReceipt,
      });
    case 'twilio':
      return twilioProvider({
        url: config.TWILIO_URL,
        accountSid: config.TWILIO_ACCOUNT_SID ?? '',
        authToken: config.TWILIO_AUTH_TOKEN ?? '',
        from: config.TWILIO_FROM ?? '',
      });
    case 'aliyun':
      return aliyunProvider({
        url: config.ALIYUN_SMS_URL,
        accessKeyId: config.ALIYUN_ACCESS_KEY_ID ?? '',
        accessKeySecret: config.ALIYUN_ACCESS_KEY_SECRET ?? '',
        signName: config.ALIYUN_SMS_SIGN_NAME ?? '',
        templates: config.ALIYUN_SMS_TEMPLATES,
      });
    case 'http':
      return httpSmsProvider({ url: config.SMS_HTTP_URL ?? '', secret: config.SMS_HTTP_SECRET ?? '' });
    default:
      return logProvider(config.LOG_PROVIDER_LATENCY_MS);
  }
}

function pushProvider(config: Config, name: string): Provider<PushContent> {
  switch (name) {
    case 'fcm': {
      const account = config.FCM_SERVICE_ACCOUNT;
      if (!account) throw new Error('FCM_SERVICE_ACCOUNT is not set');
      return fcmProvider({ url: config.FCM_URL, account });
    }
    case 'apns':
      return apnsProvider({
        url: config.APNS_URL,
        keyId: config.APNS_KEY_ID ?? '',
        teamId: config.APNS_TEAM_ID ?? '',
        privateKey: config.APNS_PRIVATE_KEY ?? '',
        topic: config.APNS_TOPIC ?? '',
      });
    case 'getui':
      return getuiProvider({
        url: config.GETUI_URL,
        appId: config.GETUI_APP_ID ?? '',
        appKey: config.GETUI_APP_KEY ?? '',
        masterSecret: config.GETUI_MASTER_SECRET ?? '',
      });
    default:
      return logProvider(config.LOG_PROVIDER_LATENCY_MS);
  }
}
