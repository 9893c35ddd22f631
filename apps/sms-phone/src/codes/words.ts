/**
 * How sure a word for a code is: `sure` names a code for signing in, `vague` any code, `verb` asks to enter something,
 * `other` names a code for something else, and what stands by it is none.
 */
export type Certainty = 'sure' | 'vague' | 'verb' | 'other';

const english = {
  other: String.raw`(?:promo(?:tion(?:al)?)?|voucher|coupon|discount|referral|invit(?:e|ation)|dress|zip|postal|post|area|country|source|bar|qr|error|gift|tracking|track|pick-?up|pickup|collection|collect|locker|parcel|booking|reservation|ref(?:erence)?|product|item|sort|swift|branch|building|gate|door|order|offer|deal|redeem|redemption|flight|store|shop|tax|reward|rebate|savings?|sponsor|friend|member(?:ship)?|customer|case|ticket|vendor|merchant|colou?r|morse|short|penal|civil|highway|genetic|unlock reward|exclusive|wi-?fi|network|door|table|alarm|entry|driver|garage|vehicle|hotspot)[ -]?(?:codes?|pin|number|password)|postcodes?|barcodes?|zipcodes?|promocodes?|codes? of conduct|passbook|access pin|pin ?codes? of your area`,
  sure: String.raw`(?:(?:one[- ]?time|2fa|two[- ](?:factor|step)|multi-?factor|verification|verifying|verify|validation|confirmation|confirm|security|secure|log[- ]?in|sign[- ]?in|sign[- ]?up|log[- ]?on|access|authentication|authorization|authorisation|authenticator|auth|activation|registration|recovery|reset|device|pairing|temporary|dynamic|single[- ]use|transaction|sms|magic|passwordless|identity|payment|account) ){1,2}(?:codes?|pass ?codes?|pin|passwords?|numbers?|keys?|tokens?|tac|otp)|otp(?: ?(?:codes?|pin|password))?|one[- ]?time(?:[- ](?:pass(?:word|code)?|pin|codes?))|passcodes?|tac|verification pin|codes? you (?:requested|asked for)|(?:login|signin|auth)codes?|vcode`,
  vague: String.raw`codes?|pin|passwords?|tokens?|tan|verification|authentication`,
  verb: String.raw`enter|type(?: in)?|use|input|submit|reply with`,
};

/** Words that begin and end as words do, and those of scripts that write without blanks or with particles. */
const lexicon: Record<Certainty, { bounded: string[]; free: string[] }> = {
  other: {
    bounded: [
      english.other,
      String.raw`abhol(?:code|pin|nummer)|gutschein(?:code|nummer)|rabatt(?:code|nummer)|aktions(?:code|nummer)|vorteilscode|werbecode|empfehlungscode|einladungscode|promo-?code|postleitzahl|plz|buchungs(?:code|nummer)|bestellnummer|sendungsnummer|fachcode|öffnungscode|geschenkcode|strichcode|fehlercode|kundennummer`,
      String.raw`codes? (?:promo(?:tionnel)?|de r[ée]duction|avantage|postal|cadeau|parrain(?:age)?|de retrait|barres|de parrainage|de remise|de suivi|du casier|porte|erreur|client|de r[ée]servation)|num[ée]ro de (?:suivi|commande|colis)`,
      String.raw`c[óo]digos? (?:promocional(?:es)?|de (?:descuento|promoci[óo]n|cup[óo]n|recogida|retiro|entrega|reserva|referido|invitaci[óo]n|seguimiento|barras|regalo|pedido|recolecci[óo]n|cliente|retirada|desconto|rastreio|rastreamento|convite|indica[çc][ãa]o|resgate|oferta|coleta)|postal|promo|convite|del? casillero)|cup[óo]n|cupom|cep`,
      String.raw`codice (?:promo(?:zionale)?|sconto|di ritiro|ritiro|coupon|invito|amico|postale|regalo|di prenotazione|prenotazione|cliente|fiscale|a barre|di tracciamento|spedizione|di sblocco locker|buono|armadietto)|buono`,
      String.raw`промо-?код\p{L}{0,3}|код\p{L}{0,3} (?:купона|скидки|получения|выдачи|заказа|бронирования|региона|города|товара|ошибки|ячейки|постамата|для получения|приглашения|подарка|домофона|трек\p{L}*)|пин-?код ячейки|трек-номер|сертификат\p{L}{0,3}`,
      String.raw`m[ãa] (?:gi[ảa]m gi[áa]|khuy[ếe]n m[ãạai]+|[ưu]u [đd][ãa]i|v[ậa]n [đd][ơo]n|[đd][ơo]n h[àa]ng|[đd][ơo]n|gi[ớo]i thi[ệe]u|m[ờo]i|b[ưu]u (?:ch[íi]nh|[đd]i[ệe]n)|[đd][ặa]t ch[ỗo]|[đd][ặa]t v[ée]|nh[ậa]n h[àa]ng|l[ấa]y h[àa]ng|qu[àa] t[ặa]ng|kh[áa]ch h[àa]ng|s[ốo] thu[ếe]|th[ẻe]|voucher|coupon|t[ủu]|h[ồo] s[ơo])`,
      String.raw`kode (?:promo|voucher|kupon|diskon|pos|pesanan|booking|pemesanan|referral|undangan|pengambilan|loker|pickup|resi|pelacakan|tiket|bayar|wilayah|negara|area|produk|hadiah|ambil|pengiriman)|nomor resi|no\.? resi`,
      String.raw`kupon kodu|indirim kodu|promosyon kodu|posta kodu|teslimat kodu|teslim kodu|kargo takip (?:no|kodu)|kod(?:u|em)? (?:rabatowy\p{L}*|promocyjn\p{L}*|odbioru|pocztow\p{L}*)|kodem rabatowym|kortingscode|actiecode|afhaalcode|ophaalcode|postcode|waardebon`,
    ],
    free: [
      String.raw`(?:优惠|優惠|兑换|兌換|折扣|邀请|邀請|推荐|推薦|取件|取货|取貨|提货|提貨|取票|取餐|取物|取证|取號|取号|提取|自提|开柜|開櫃|开箱|開箱|开门|開門|开锁|核销|核銷|消费|消費|领取|領取|礼品|禮品|礼包|促销|促銷|活动|活動|团购|團購|券|卡券|电影票|入场|入場|检票|檢票|登机|乘车|寄件|收件|运单|快递|訂單|订单|预约|預約|预订|預訂|包裹|货架|邮政|郵政|郵遞|邮编|郵編|条形|條碼|条|二维|二維|错误|錯誤|查询|查詢|追踪|物流|服务|服務|商品|产品|產品|车牌|門票|门票|充值|提单|会员|會員|推广|推廣|抽奖|抽獎|红包|学籍|机器|设备|验机|防伪|溯源|积分|打卡|门锁|門鎖|房门|wi-?fi|无线|網路|网络|寄存|存包|储物|开锁|门禁|閘門)(?:确认|確認|验证|驗證|校验|代)?(?:码|碼|密码|密碼|口令|编码|編碼|号码|號碼|代码)`,
      '邮编|郵編|郵遞區號|条码|條碼|二维码|二維碼|折扣码|密码箱',
      'クーポンコード|割引コード|招待コード|受取コード|受取番号|受け取りコード|引換コード|引換番号|予約番号|追跡番号|伝票番号|お問い合わせ番号|商品コード|郵便番号|ギフトコード|シリアルコード|ロッカー番号|注文番号|プロモーションコード|キャンペーンコード',
      '쿠폰번호|쿠폰코드|쿠폰 ?번호|쿠폰 ?코드|할인코드|할인 ?코드|추천인 ?코드|초대 ?코드|운송장 ?번호|송장번호|예약 ?번호|주문 ?번호|수령 ?번호|픽업 ?번호|픽업 ?코드|우편번호|교환 ?번호|보관함 ?비밀번호|현관 ?비밀번호|프로모션 ?코드|상품권 ?번호',
      String.raw`(?:رمز|كود|رقم|كلمة سر) (?:ال)?(?:خصم|استلام|ترويجي|عرض|قسيمة|كوبون|حجز|طلب|شحنة|تتبع|دعوة|إحالة|بريدي|خزانة|تسليم|منتج|هدية|الإستلام|بريد)|كوبون`,
      String.raw`(?<!\p{L})קוד (?:ה)?(?:איסוף|קופון|הנחה|הטבה|הזמנה|לוקר|מבצע|משלוח|מעקב|מתנה|חבר|דואר|כניסה לבניין|שובר|פריט)|מיקוד|קופון`,
      String.raw`(?:कूपन|प्रोमो|डिस्काउंट|ऑफर|रेफरल|पिकअप|पिन) ?कोड`,
    ],
  },
  sure: {
    bounded: [
      english.sure,
      String.raw`\p{L}*(?:bestätigungs|sicherheits|aktivierungs|verifizierungs|verifikations|einmal|zugangs|zugriffs|anmelde|login|freigabe|registrierungs|prüf|authentifizierungs|freischalt|geräte|identifikations|verbindungs|wiederherstellungs|tan-|sms-|transaktions)-?(?:code|pin|kennwort|passwort|schlüssel|nummer|tan)s?|[mes]?-?(?:sms|m|i|e|push|chip)?-?tan`,
      String.raw`codes? (?:de |d['’])?(?:v[ée]rification|confirmation|s[ée]curit[ée]|connexion|acc[èe]s|validation|activation|identification|authentification|inscription|secret|unique|temporaire|[àa] usage unique|paiement|r[ée]initialisation|sms)|mot de passe (?:[àa] usage unique|temporaire|unique)`,
      String.raw`(?:c[óo]digos?|clave|contrase[ñn]a|pin|senha|token) (?:de |del |da |do )?(?:verificaci[óo]n|verifica[çc][ãa]o|confirmaci[óo]n|confirma[çc][ãa]o|seguridad|seguran[çc]a|acceso|acesso|inicio de sesi[óo]n|activaci[óo]n|ativa[çc][ãa]o|autenticaci[óo]n|autentica[çc][ãa]o|autorizaci[óo]n|autoriza[çc][ãa]o|validaci[óo]n|valida[çc][ãa]o|un solo uso|uso [úu]nico|[úu]nic[oa]|tempor[áa]l|tempor[áa]ri[oa]|registro|cadastro|login|identificaci[óo]n|identifica[çc][ãa]o|ingreso|entrada|desbloqueo|recuperaci[óo]n|recupera[çc][ãa]o|firma|operaci[óo]n|transacci[óo]n|transa[çc][ãa]o|din[áa]mic[oa]|sms)|clave din[áa]mica|codigo otp`,
      String.raw`codice (?:di |d['’])?(?:verifica|conferma|sicurezza|accesso|attivazione|autenticazione|autorizzazione|validazione|login|registrazione|identificazione|sblocco|otp|temporaneo|monouso|usa e getta|unico|recupero|sms)|password (?:monouso|temporanea|usa e getta|unica)`,
      String.raw`(?:код\p{L}{0,3}|парол\p{L}{0,3}|пин-?код) (?:подтверждени\p{L}*|безопасности|доступа|входа|для (?:входа|подтверждения|регистрации|авторизации|оплаты|привязки|доступа|операции)|авторизации|активации|верификации|проверки|регистрации|аутентификации|восстановления)|(?:проверочн|одноразов|секретн|защитн|временн)\p{L}{2,3} (?:код|парол)\p{L}{0,3}|смс-?код|sms-?код|код из смс`,
      String.raw`m[ãa](?: s[ốo])? (?:x[áa]c (?:th[ựu]c|nh[ậa]n|minh)|b[ảa]o m[ậa]t|[đd][ăa]ng (?:nh[ậa]p|k[ýy])|otp|truy c[ậa]p|k[íi]ch ho[ạa]t|ki[ểe]m tra|giao d[ịi]ch|an to[àa]n|smart otp|pin)|m[ậa]t kh[ẩa]u (?:m[ộo]t l[ầa]n|d[ùu]ng m[ộo]t l[ầa]n|t[ạa]m th[ờo]i|otp)`,
      String.raw`kode (?:verifikasi|konfirmasi|otp|keamanan|masuk|akses|login|aktivasi|autentikasi|otorisasi|pendaftaran|rahasia|unik|sekali pakai|validasi)|(?:kata sandi|sandi|password) (?:sekali pakai|sementara)`,
      String.raw`(?:do[ğg]rulama|onay|g[üu]venlik|giri[şs]|aktivasyon|tek kullan[ıi]ml[ıi]k|sms) (?:kodu\p{L}{0,5}|[şs]ifre\p{L}{0,4}|parola\p{L}{0,3})|kod\p{L}{0,3} (?:weryfikacyjn\p{L}*|autoryzacyjn\p{L}*|potwierdzaj\p{L}*|dost[ęe]pu|aktywacyjn\p{L}*|bezpiecze[ńn]stwa|logowania|jednorazow\p{L}*|sms)|has[łl]o jednorazowe|(?:verificatie|bevestigings|beveiligings|inlog|toegangs|activatie|controle)-?code|eenmalig(?:e)? (?:wachtwoord|code|pincode)`,
      String.raw`код\p{L}{0,3} (?:підтвердження|безпеки|для входу)|(?:одноразовий|перевірочний) (?:код|пароль)`,
    ],
    free: [
      String.raw`(?:验证|驗證|校验|校驗|动态|動態|确认|確認|激活|啟用|启用|开通|授权|授權|随机|隨機|检验|檢驗|安全|保安|识别|識別|登入|登录|登錄|认证|認證|交易|身份|短信|简讯|簡訊|手机|手機|注册|註冊|绑定|綁定|核验|核驗|鉴权|鑑權|鉴别|一次性|临时|臨時|支付|付款|转账|轉賬|转帐|轉帳|提现|找回|重置|核对|核實|核实|查验|解锁|解鎖|通行|操作|登陆|动态验证|动态校验|安全验证|短信动态|访问|訪問|连接|配对|配對|双重|二步|两步|数字|數字|校核|确权|接收|验签)(?:代|短信|号|號)?(?:码|碼|编码|編碼|号码|號碼|代码|代碼|代號|数字|數字)`,
      String.raw`(?:动态|動態|一次性|临时|臨時|短信|簡訊|随机|隨機|單次|单次|动态登录|手机|安全)(?:口令|密码|密碼|令牌)|口令|驗証碼|验証码|校验值`,
      String.raw`(?:認証|確認|セキュリティ|ログイン|アクセス|本人確認|検証|登録|二段階認証|ワンタイム|2段階認証|承認|アクティベーション|照合|再設定|接続)(?:用)?(?:コード|番号|キー|パスコード|ナンバー|パスワード|pin)|ワンタイムパスワード|ワンタイムコード|パスコード|暗証コード`,
      String.raw`(?:인증|확인|보안|로그인|승인|본인확인|가입|접속|검증|일회용|임시|등록|활성화|연결|otp) ?(?:번호|코드|키|비밀번호|암호)|일회용 비밀번호|오티피`,
      String.raw`(?:رمز|كود|رقم|الرمز|كلمة|الكود) (?:ال)?(?:تحقق|تأكيد|تفعيل|دخول|أمان|سري|مصادقة|تسجيل|تحقّق|وصول|توثيق|تعريف|لمرة واحدة|مرور لمرة واحدة|مؤقت)|كلمة (?:ال)?(?:مرور|سر) (?:لمرة واحدة|المؤقتة|المتغيرة|لاستخدام واحد)`,
      String.raw`(?<!\p{L})(?:קוד|סיסמת|סיסמה|סיסמא|הקוד) (?:ה)?(?:אימות|כניסה|אישור|אבטחה|גישה|הפעלה|התחברות|חד[ -]פעמית?|חד[ -]פעמי|זיהוי|סודי|הרשמה|וידוא|זמנית?)`,
      String.raw`(?:सत्यापन|वेरिफिकेशन|लॉगिन|सुरक्षा|पुष्टि|एक्सेस|ओटीपी|सत्यापन के लिए) ?(?:कोड|पिन|पासवर्ड)|ओटीपी|वन टाइम पासवर्ड`,
      String.raw`รหัส ?(?:ยืนยัน|otp|ความปลอดภัย|ผ่านครั้งเดียว|เข้าสู่ระบบ|ตรวจสอบ)`,
    ],
  },
  vague: {
    bounded: [
      english.vague,
      String.raw`(?:parola|kennwort|passwort|mot de passe|contrase[ñn]a|clave|senha|c[óo]digo|codice|код|парол|пароль|kode|kata sandi|sandi|kod|şifre|has[łl]o|wachtwoord)\p{L}{0,4}`,
      String.raw`m[ãa](?: s[ốo])?|m[ậa]t kh[ẩa]u|пин|pin-?code`,
    ],
    free: [
      '代码|代碼|密码|密碼|令牌',
      '暗証番号|パスワード|コード',
      '비밀번호|암호|코드|인증',
      '验证|驗證|认证|認証|認證',
      String.raw`(?<!\p{L})(?:ال)?(?:رمز|كود)ك?(?!\p{L})|كلمة (?:ال)?(?:مرور|سر)|رقمك السري`,
      String.raw`(?<!\p{L})ה?(?:קוד|סיסמה|סיסמא|סיסמתך|סיסמת)(?!\p{L})`,
      'कोड|पासवर्ड|पिन|รหัส',
    ],
  },
  verb: {
    bounded: [
      english.verb,
      String.raw`geben sie|gib|saisissez|saisir|entrez|tapez|introduce|ingresa|ingrese|escribe|introduzca|digite|insira|informe|inserisci|digita|immetti|введите|укажите|nh[ậa]p|masukkan|ketik|gunakan|girin|wpisz|voer|utilisez|usa|use|utilice|verwenden sie|используйте`,
    ],
    free: [
      '请?填写|請?填寫|填入|填上|鍵入|键入|输入|輸入|使用|回填',
      '入力',
      '입력',
      'أدخل|ادخل|استخدم|הזן|הזינו|הקלד|הקש|दर्ज|darj',
    ],
  },
};

const certainties = ['other', 'sure', 'vague', 'verb'] as const;

/** One expression for all words of a kind, the most telling first; the group that matched tells the certainty. */
const alternatives = (kind: 'bounded' | 'free') =>
  certainties.map((certainty) => `(${lexicon[certainty][kind].join('|')})`).join('|');
const bounded = new RegExp(String.raw`(?<![\p{L}\d])(?:${alternatives('bounded')})(?![\p{L}\d])`, 'gu');
const free = new RegExp(alternatives('free'), 'gu');
const beyondLatin = /[\u0590-\uffef]/;

/** A word for a code, with its place in the text. */
export interface CodeWord {
  certainty: Certainty;
  from: number;
  to: number;
}

/** A text has few words for codes; one that is made of them is not worth more. */
const mostWords = 40;

/** The words for codes in a text of small letters. */
export function codeWords(text: string): CodeWord[] {
  const found: CodeWord[] = [];
  for (const words of beyondLatin.test(text) ? [bounded, free] : [bounded]) {
    for (const match of text.matchAll(words)) {
      if (found.length >= mostWords) break;
      const certainty = certainties[match.findIndex((part, place) => place > 0 && part !== undefined) - 1];
      if (certainty) found.push({ certainty, from: match.index, to: match.index + match[0].length });
    }
  }
  return found;
}
