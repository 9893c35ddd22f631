/* What stands around a number and says what it is. The excerpts are short and in small letters. */

/** Words that join a word for a code to the code: is, are, and the particles of other languages. */
const copula = String.raw`即为|即為|就是|的是|为|為|是|如下|填|号码|號碼|は|が|に|を|の|는|은|가|이|을|를|(?<!\p{L})(?:is|are|was|=|ist|lautet|heißt|(?:est|es|é|è) (?:le|el|il|o)|est|es|é|è|e['’]|son|são|sono|como|будет|это|là|la|adalah|yaitu|ini|هو|هي|הוא|היא|הינו|hai|h|है|to|wynosi|kodunuz|below|below is|no|number|nr|n\.?[ºo°])(?!\p{L})`;
const marks = String.raw`[\s:=\-—–~>→»«·"“”„'‘’「」『』\[\]()【】《》<>*#✱✅]`;

const joined = new RegExp(String.raw`^(?:${marks}|${copula})*$`, 'u');
const joinedAtEnd = new RegExp(String.raw`(?:[:=>→]|—|${copula})${marks}*$`, 'u');

const codeFirst = String.raw`为|為|作为|作為|作|是|即为|这是|這是|这个|這個|此为|等|は|が|を|という|입니다|은|는|이|를|을|로|(?<!\p{L})(?:is|as|are|ist|als|est|comme|es|como|é|è|come|это|как|là|la|adalah|sebagai|ialah|هو|هي|كـ|הוא|היא|hai|aapka|है|आपका|to|jako|olarak|use|for|your)(?!\p{L})`;
const leadsOn = new RegExp(String.raw`^[\s"“”'‘’」』\])】》»,，.]{0,4}(?:[-—–(（:=]|${codeFirst})`, 'u');

/** Text between a word for a code and a number after which the word speaks of no code any more. */
const voids = new RegExp(
  String.raw`^\s*(?:(?:已|己)?(?:过期|過期|失效|作废|作廢)|输入错误|輸入錯誤|错误|錯誤|输错|有误|不正确|不正確|发送失败|獲取|次数|次數|功能|服务|服務|登录功能|(?:has |have |was |is |had |been |were |just |successfully )*(?:expired|incorrect|wrong|invalid|changed|reset|updated|blocked|locked|failed|disabled)(?!\p{L})|abgelaufen|wurde ge|expir(?:é|ad|ou|ed)|caducad|scadut|a été (?:modifi|chang)|ha sido|foi alterad|è stat[oa]|истек|ист[её]к|изменен|был изменен|đã hết hạn|đã được thay đổi|(?:anda )?telah|sudah kedaluwarsa|kedaluwarsa|が変更|が失効|의 유효기간이 만료|가 변경|이 만료|가 만료|를 잘못|입력 오류|오류|انتهت|غير صحيح|تم تغيير|שונתה|פג|שגוי)`,
  'u',
);

/** What a number is that is no code, said before it. */
const label = String.raw`尾号|尾數|尾号为|末四位|末四碼|后四位|後四位|後四碼|后四码|尾四位|末\d位|账号|帐号|帳號|账户|帐户|帳戶|用户|用戶|会员|會員|卡号|卡號|订单|訂單|单号|單號|运单|流水|编号|編號|序号|序號|工号|工號|电话|電話|致电|致電|拨打|撥打|拨|撥|请撥|热线|熱線|客服|号码|號碼|门号|門號|手机|手機|金额|金額|余额|餘額|人民币|满|滿|减|減|立减|额度|額度|版本|型号|型號|房间|房間|房号|航班|车次|車次|车牌|尾号是|邮编|郵編|郵遞區號|回复|回覆|回|短信至|发送至|發送至|发至|于|於|在|至|到|截至|有效期|有效期至|日期|编码|流量|积分|積分|编号为|案件|工单|工單|号|號|码头|楼|路|街|栋|座|室|房|第|共|约|約|近|超|达|達|价|價|仅|僅|编号是|qq|微信|群|群号|股票|代號|版|id|uid|メール|末尾|下\d桁|口座|注文番号|会員番号|番号|電話|お問い合わせ先?|問合せ|tel|号室|문의|계정|번호|주문|전화|끝자리|뒷자리|회원|계좌|잔액|금액`;
const latinLabel = String.raw`ending(?: in| with)?|ends(?: in| with)?|ended|account|acct?|a\/c|user(?: ?id)?|id|uid|order|card|cards|invoice|ref|reference|case|ticket|booking|no|number|num|nr|n[ºo°]|№|tracking|parcel|package|shipment|flight|room|gate|table|seat|model|version|call|dial|phone|tel|telephone|mobile|text|txt|sms|reply|contact|whatsapp|hotline|helpline|ext|to|at|by|until|till|before|after|on|since|over|under|above|in|within|from|up to|year|amount|balance|total|sum|pay|payment of|transfer of|fee|price|bill|bill of|due|worth|points|rider|driver|agent|branch|box|po box|zip|postcode|locker|device|line|route|platform|store|shop|apt|suite|unit|step|page|chapter|level|win|earn|get|first|customer|member|policy|contract|transaction|txn|trans|utr|rrn|imei|pnr|train|plate|merchant|terminal|endziffern?|endend(?: auf| in)?|mit endung|kartennummer|karte|konto|kontonummer|kunde|kundennummer|bestellung|auftrag|rechnung|vorgang|sendung|paket|zimmer|raum|telefon|unter|rufen|anruf|bis|am|um|ab|vom|zum|seit|von|über|auf|se terminant par|finissant par|terminant par|termin[ée]e? par|carte|compte|commande|facture|num[ée]ro|client|appelez|dossier|colis|avant|jusqu['’]au|au|le|du|depuis|chambre|salle|r[ée]f[ée]rence|terminad[ao] en|terminad[ao] em|acabad[ao] en|que termina en|termina en|termina em|final|tarjeta|cuenta|pedido|orden|factura|n[úu]mero|cliente|llama(?: al)?|llame(?: al)?|tel[ée]fono|hasta|antes|el|al|desde|sala|habitaci[óo]n|consulta|saldo|importe|total de|cart[ãa]o|conta|compra|ligue|liga|telefone|at[ée]|em|desde|quarto|valor|protocolo|boleto|che termina con|termina con|carta|ordine|fattura|pratica|numero|chiama(?:re)?|chiami|telefono|entro|fino al?|il|dal|stanza|ambulatorio|importo|saldo|utente|conto|карт[ыаеу]|сч[её]т[аеу]?|заказа?|номера?|телефон|тел|звоните|до|от|с|на|кабинет|остаток|баланс|сумма|сумму|договор|пользовател[яьею]|аккаунта?|заявк[аиу]|посылк[аиу]|отправлени[ея]|t[àa]i kho[ảa]n|tk|[đd][ơo]n h[àa]ng|[đd][ơo]n|th[ẻe]|s[ốo]|so|stk|s[ốo] d[ưu]|so du|g[ọo]i|goi|hotline|l[úu]c|luc|ng[àa]y|ngay|[đd][ếe]n|den|t[ừu]|ph[òo]ng|[đd]u[ôo]i|cu[ốo]i|m[ãa] kh[áa]ch|akun|rekening|pesanan|kartu|nomor|no|hubungi|telp|telepon|pukul|tgl|tanggal|sampai|hingga|pada|ruang|berakhiran|tagihan|saldo|jumlah|sebesar|pelanggan|berakhir(?: dengan)?|hesap|hesab[ıi]n[ıi]z|sipariş|kart[ıi]n[ıi]z|numara|numaral[ıi]|rekeningnummer|bestelling|kaart|karta|konta|zam[óo]wienie|zam[óo]wienia|telefonu|رقم|حساب|حسابك|طلب|طلبك|بطاقة|بـ|ينتهي بـ|المنتهية بـ|المنتهي بـ|المنتهية|اتصل|على|هاتف|شحنتك|الرصيد|رصيدك|مبلغ|حتى|غرفة|מספר|הזמנה|כרטיס|חשבון|המסתיים|שמסתיים ב|ב|טלפון|חייגו|התקשרו|חדר|עד|יתרה|סכום|לקוח|משלוח|מסתיים|खाता|खाते|ऑर्डर|कार्ड|नंबर|कॉल|राशि|शेष`;
const labelled = new RegExp(
  String.raw`(?:${label}|(?<![\p{L}\d])(?:${latinLabel})\.?|#|№|[$€£¥₩₹])(?:[\s:=\-("“'「[<]|为|為|是|는|은|は|が|no\.?|#){0,6}$`,
  'u',
);

/** What a number is that is no code, said after it. A code glued to a name of that sign is one all the same. */
const unitWord = String.raw`分钟|分鐘|小时|小時|秒|万|萬|亿|億|千|积分|積分|点积|人民币|次|個月|个月|折|张|張|件|条|條|名|位|人|米|公里|克|斤|流量|套|号店|号线|號線|ポイント|分間|時間|日間|円|원|포인트|시간|日元|美元|%|‰|°|\.\d|,\d`;
const unitLatin = String.raw`minutes?|mins?|min|seconds?|secs?|sec|s|hours?|hrs?|h|days?|weeks?|months?|years?|gb|mb|kb|tb|km|kg|points?|pts|miles|times|steps|words|people|items|stars?|euros?|dollars?|minuten|sekunden|stunden|tage|uhr|punkte|secondes|heures|jours|minutos|segundos|horas|d[íi]as|puntos|pontos|dias|minuti|secondi|ore|giorni|punti|минут\p{L}*|секунд\p{L}*|час\p{L}*|дн\p{L}*|балл\p{L}*|ph[úu]t|phut|gi[âa]y|gi[ờo]|ng[àa]y|[đd]i[ểe]m|menit|detik|jam|hari|poin|dakika|saniye|saat|minut|sekund|دقيقة|دقائق|ساعة|ثانية|يوم|نقطة|דקות|שעות|שניות|ימים|נקודות|मिनट|घंटे|दिन|सेकंड`;
const unit = new RegExp(String.raw`^\s*(?:${unitWord}|(?:${unitLatin})(?![\p{L}\d]))`, 'u');
const unitSign = /^\s*(?:元|天|年|月|日|号|號|点|點|分|块|塊|期|路|室|楼|栋|层|樓|届|版|級|级|屆)/u;

const sentenceEnd = /[。!?;\n]|(?<!\b(?:no|nr|tel|rs|ref|st|mr|ms|dr))\.(?=\s)/u;
const comma = /[,，、،](?!\d)/u;
/** Nothing else in its line or sentence. */
const aloneBefore = /(?:^|[\n。!?:;,，、،]|\.\s)[\s"“「[(<【]*$/u;
const aloneAfter = /^[\s"”」\])>】]*(?:$|[\n。!?;,，、،.])/u;

const pickUp = new RegExp(
  String.raw`包裹|快递|快遞|取件|驿站|快递柜|丰巢|智柜|提货|提貨|自提|取餐|外卖|宅配|お届け|荷物|ロッカー|택배|보관함|배송|(?<!\p{L})(?:parcels?|packages?|lockers?|deliver(?:y|ed)|courier|driver|arriving|pick-?up|pickup|collect|paket\p{L}*|abholstation|packstation|sendung|colis|casier|livraison|paquete|casillero|encomenda|pacote|pacco|pacchi|armadietto|посылк\p{L}*|постамат\p{L}*|ячейк\p{L}*|b[ưu]u ki[ệe]n|t[ủu] [đd][ồo]|paket|loker|kargo|paczk\p{L}*|paczkomat\p{L}*|طرد|شحنتك|خزانة|חבילה|לוקר|משלוח)(?!\p{L})|पार्सल`,
  'u',
);
const promotion = new RegExp(
  String.raw`优惠|優惠|折扣|\d折|立减|满减|大促|促销|促銷|特惠|抽奖|红包|回t|退订|退訂|クーポン|割引|セール|쿠폰|할인|(?<!\p{L})(?:sale|checkout|% off|off your|discount|coupon|voucher|promo|offer|deals?|soldes|promotion|r[ée]duction|remise|oferta|descuento|cup[óo]n|rebajas|desconto|cupom|promo[çc][ãa]o|sconto|offerta|saldi|rabatt|gutschein|angebot|скидк\p{L}*|акци[яию]|распродаж\p{L}*|gi[ảa]m gi[áa]|khuy[ếe]n m[ãạ]i|[ưu]u [đd][ãa]i|diskon|promo|indirim|kampanya|zni[żz]k\p{L}*|korting|aanbieding|خصم|عرض|הנחה|מבצע)(?!\p{L})|% (?:off|de r)|छूट|ऑफर`,
  'u',
);
/** A text without a word for a code that asks to enter one speaks of signing in. */
const signIn = new RegExp(
  String.raw`登录|登錄|登入|登陆|注册|註冊|绑定|綁定|账号|帐号|帳號|账户|帳戶|验证|驗證|认证|認證|连接|連結|连结|配对|授权|ログイン|アカウント|認証|登録|로그인|계정|인증|가입|(?<!\p{L})(?:sign\p{L}*|log ?-?in|log ?on|account|verif\p{L}*|confirm\p{L}*|authenticat\p{L}*|connect|link|pair|device|register|registration|continue|access|anmeld\p{L}*|einlogg\p{L}*|konto|registrier\p{L}*|connexion|connecter|compte|inscription|sesi[óo]n|cuenta|registro|conta|entrar|cadastro|acced\p{L}*|accesso|registrazione|вход\p{L}*|войти|аккаунт\p{L}*|регистраци\p{L}*|[đd][ăa]ng nh[ậa]p|[đd][ăa]ng k[ýy]|t[àa]i kho[ảa]n|masuk|akun|daftar|giri[şs]|hesap|inloggen|zalog\p{L}*|التحقق|الدخول|حسابك|תסجيل|להתחבר|התחברות|חשבון|כניסה)(?!\p{L})|लॉगिन|खाते`,
  'u',
);

export const isJoined = (gap: string): boolean => joined.test(gap);
export const isJoinedAtEnd = (gap: string): boolean => joinedAtEnd.test(gap);
export const leadsToWord = (gap: string): boolean => leadsOn.test(gap);
export const isVoid = (afterWord: string): boolean => voids.test(afterWord);
export const isLabelled = (before: string): boolean => labelled.test(before);
export const hasUnit = (after: string): boolean => unit.test(after);
export const hasUnitSign = (after: string): boolean => unitSign.test(after);
export const hasSentenceEnd = (gap: string): boolean => sentenceEnd.test(gap);
export const hasComma = (gap: string): boolean => comma.test(gap);
export const isAlone = (before: string, after: string): boolean =>
  aloneBefore.test(before) && aloneAfter.test(after);
export const speaksOfPickUp = (text: string): boolean => pickUp.test(text);
export const speaksOfPromotion = (text: string): boolean => promotion.test(text);
export const speaksOfSigningIn = (text: string): boolean => signIn.test(text);
