"""Wording that TikTok punishes: asking for gifts, follows, likes, shares. Pure.

Judged clause by clause, so that the rest of a sentence can be said. Thanking for them is no asking.
"""

import re

from mind.folding import LEET_I, fold

MORE = r"(?:\W+\w+){0,%d}?\W+"
THINGS = (
    r"(?:gifts?|roses?|rosen?|coins?|diamonds?|diamanten?|donations?|donuts?|galax(?:y|ies|ie|ien|ia|ias|ies)|lions?|lowen?|leon(?:es)?"
    r"|univers(?:e|es|um|o|os)?|finger hearts?|tips?|subs?|geschenke?n?|munzen?|spenden?|regalos?|regalitos?|rosas?|monedas?"
    r"|diamantes?|diamants?|donacion(?:es)?|cadeaux?|pieces?|dons?|hearts?|herz(?:en|chen)?|corazon(?:es|cito)?|coeurs?"
    r"|likes?|follows?|follower|followers|abos?|shares?|seguidores|abonnes|abonnements?|megusta|j'aime|jaime|tik ?toks|treasure chests?"
    r"|whales?|cash|money|paypal)"
)
NOT_ASKING = r"(?<!\bto )(?<!\bi )(?<!\byou )(?<!\bwe )(?<!\bthey )(?<!\bwho )(?<!\bich )(?<!\bdid )(?<!\bil )(?<!\belle )(?<!\bje )(?<!\bse )"
ENGLISH = (
    rf"{NOT_ASKING}\b(?:send|gift|donate|shower|spam)\b{MORE % 5}{THINGS}\b(?! (?:sword|pick|ore|armou?r|chest))",
    rf"{NOT_ASKING}\b(?:give|throw|drop|toss|leave|smash|hit|gimme|show)\b(?: (?:me|us|him|her|them|the (?:pal|host|streamer|channel)|this (?:live|stream|video)|a|an|some|your|more|that|those|my|all|of|big|little|another|one|two|few|\d+))*\s+(?!hearts? (?:container|piece))"
    r"(?:gifts?|roses?|donations?|galaxy|universe|lions?|finger hearts?|tips?|likes?|follows?|subs?|hearts?|shares?|thumbs? up|coins?)\b(?! (?:from|at|in|on|into|off|for \d))",
    r"\b(?:can|could|will|would|who|please|pls|plz|everyone|everybody|guys|somebody|someone)\b(?:\W+\w+){0,4}?\W+(?:send|gift|donate|drop|throw|give)\b(?:\W+\w+){0,4}?\W+(?:gifts?|roses?|coins?|donations?|galaxy|universe|lions?|tips?|likes?|follows?|hearts?)\b",
    r"(?<!to )(?<!you )(?<!we )(?<!they )(?<!i )(?<!i'll )(?<!and )\b(?:follow|subscribe to) (?:me|us|my|our|him|her|the (?:channel|account|stream|streamer|live|page|host|pal))\b(?! (?:to|into|in|through|inside|down|up|over|around|there|here|home|closely|back to|across|and i will show|on (?:the|this) (?:path|map)|people|friend))",
    r"\bfollow (?:for|4|four) (?:a )?follow|\b(?:f4f|l4l|s4s|faf|lal|sub ?(?:4|for|a) ?sub|like ?(?:4|for) ?like|follow ?(?:4|a) ?follow|followback)\b|\bfollow (?:each other|everyone) back\b|\b(?:i|we) follow back\b",
    r"\b(?:hit|smash|press|tap|click|push|mash|bash|destroy|punch)\b(?:\W+\w+){0,3}?\W+(?:like|follow|subscribe|share|heart|bell|gift|notification)s?\b(?: (?:button|icon|bell))?",
    r"(?<!i )(?<!you )(?<!we )(?<!they )(?<!both )(?<!to )\b(?:like|share|follow|subscribe|comment|gift),? (?:and|&|n) (?:like|share|follow|subscribe|gift)\b",
    r"\bshare (?:this|the|my|our) (?:live|stream|livestream|video|channel)\b|\b(?:please|pls|go|now) (?:like|share|follow|subscribe|gift|donate)\b(?! (?:the|a|to (?:the|a) (?:path|road|rule|arrow)))",
    r"\b(?:don't|dont|do not|never) forget to (?:\w+ )?(?:like|follow|share|subscribe|gift|tap|donate|send)\b|\b(?:make sure|remember|be sure)(?: that)?(?: you)?(?: to)? (?:like|follow|share|subscribe|gift|tap|donate|hit)\b(?! the (?:path|road|arrow|ball|target|enemy|boss))",
    r"\b(?:double[ -]?tap|tap[ ,-]*tap)\b(?! (?:to (?:jump|dash|roll|dodge|sprint|run|start)|the (?:jump|left|right|button)))|\btap(?:ping)? (?:on )?(?:the|your|that) screen\b(?! (?:to (?:jump|start|continue|shoot|fly|move|attack|begin|skip|open)))|\bspam (?:the )?(?:likes?|hearts?|screen|gifts?|taps?)\b",
    rf"\b(?:need|want|wish for|waiting for|looking for|would love|d love|missing|hoping for|begging for|hungry for|dying for)\b(?:\W+\w+){{0,4}}?\W+{THINGS}\b(?! (?:sword|ore|armou?r|pick|for the|to (?:buy|upgrade|unlock|open|craft)))",
    r"\b(?:help|get|push|bring|carry) (?:me|us|him|her|the (?:stream|streamer|channel)) (?:\w+ ){0,3}?(?:to |reach |get |hit )?(?:\w+ ){0,4}?(?:likes|followers|follows|subs|subscribers|gifts|shares|gift goal|coins|goal)\b",
    r"\bif (?:you|we|i|chat|somebody|someone) (?:\w+ ){0,3}?(?:follow|like|gift|donate|subscribe|share|send|tap)\b.{0,40}\b(?:i will|i'll|we will|you get|you win|i'm going|gets?)\b",
    r"\b(?:next|top|first|biggest) (?:gift|gifter|donor|donator|rose|lion|galaxy)\b.{0,30}\b(?:gets?|wins?|decides?|chooses?|receives?)\b|\bwho(?:'s| is) (?:going to |gonna |the next to )?(?:send|sending|gift|gifting|be the (?:next|first|top) gifter)\b|\bwho(?: will| wants to| can)? sends?(?:\W+\w+){0,3}?\W+(?:gift|rose|lion|galaxy)s?\b(?!\?)",
    r"\blet'?s (?:get|reach|hit|go for|smash|make it|break)\b(?:\W+\w+){0,4}?\W+(?:likes|followers|shares|gifts|subs|follows|hearts)\b|\bsupport (?:me|us|the (?:stream|channel|streamer)) (?:with|by)\b|\b(?:link in (?:my |the )?bio|cash ?app|venmo|paypal me|buy me a coffee)\b",
)
GERMAN = (
    rf"(?<!\bich )(?<!\bdu )(?<!\ber )(?<!\bihr )\b(?:schick\w*|sende\w?|spende\w?|schenk(?:t|e|en)?|verschenk(?:t|e)|wirf|werft|haut?|lasst?|gebt?|gib|droppt?|ballert?|spamm?t?)\b(?!\w* (?:ich|wir|sie)\b){MORE % 6}{THINGS}\b",
    rf"\b(?:kann|konnt|konnte|wer|bitte|will|mag|mochte|wollt)\b(?:\W+\w+){{0,5}}?\W+{THINGS}\W+(?:\w+\W+)?(?:schick\w*|send\w*|spend\w*|schenk\w*|geben|werfen|dalassen|da lassen)\b",
    rf"\bwer (?:schickt|schenkt|spendet|sendet)\b{MORE % 4}{THINGS}\b",
    r"\b(?:folgt?e?|abonniert?e?|liket?|likt)(?: doch| bitte| mal| jetzt| alle| gerne?| auch)* (?:mir|uns|ihm|ihr|dem (?:kanal|streamer|account|live)|den (?:kanal|stream|account)|diesem|diesen|meinen|meinem|unseren|unserem|das live|den live|dieses live)\b(?! (?:in|zu|zum|zur|nach|durch|auf|hinein|rein|hier|da|weiter|leise|unauffallig)\b)",
    r"\bliket?n? (?:und|&) (?:abo\w*|folg\w*|teil\w*|share\w*)|\b(?:abo\w*|folg\w*|teilt?en?|kommentier\w*) (?:und|&) (?:like\w*|teil\w*|folgt?\w*|abonnier\w*)\b",
    r"\b(?:teilt?e?|verbreitet) (?:doch |bitte |mal |jetzt |gerne? )*(?:das|den|dieses|diesen|mein|meinen|unser|unseren) (?:live|stream|livestream|video|kanal)\b",
    r"\b(?:vergiss|vergesst|denkt?)\b(?:\W+\w+){0,6}?\W+(?:zu )?(?:liken|folgen|teilen|abonnieren|spenden|abo|like|follow|tippen|herz\w*)\b",
    r"\b(?:lasst?|lass)(?:\W+\w+){0,4}?\W+(?:likes?|follows?|abos?|herz\w*|geschenk\w*|daumen|rosen?)\b",
    r"\b(?:druckt?e?|klickt?|smasht?|haut|tippt?|hammert?)\b(?:\W+\w+){0,4}?\W+(?:herz|like|likes|folgen|follow|abonnieren|abo|glocke|teilen|like-button|likebutton|bildschirm|screen|display)\b(?! (?:um|zum (?:springen|starten)))",
    r"\b(?:tipp|tap)[ ,-]*(?:tipp|tap)\b|\bfolgen (?:fur|gegen) folgen\b|\b(?:abo|like|follow|folge) (?:fur|gegen) (?:abo|like|follow|folge)\b|\bdoppelt (?:auf den bildschirm )?tippen\b|\bfolgt? (?:zuruck|euch gegenseitig)\b",
    rf"\b(?:brauch\w*|fehlen|wollen|will|wunsch\w*|hatte gerne?|hatten gerne?|mochte\w*|warte\w* auf|hoff\w* auf|bettel\w* um)\b(?:\W+\w+){{0,5}}?\W+{THINGS}\b(?! (?:schwert|erz|fur (?:das|den|die)))",
    r"\bhelft? (?:mir|uns|dem streamer)\b(?:\W+\w+){0,5}?\W+(?:likes|follower\w*|geschenk\w*|abos|abonnenten|ziel|rosen|munzen)\b|\bunterstutzt? (?:mich|uns|den (?:stream|kanal|streamer)) (?:mit|durch)\b",
    r"\b(?:wenn|falls) (?:ihr|du|jemand|wir)\b.{0,30}\b(?:folgt|folgst|liket|likt|likst|schickt|schickst|spendet|spendest|teilt|teilst|schenkt|abonniert)\b.{0,40}\b(?:dann|mache ich|singe ich|bekomm\w*|kriegt?|krieg\w*|werde ich|gibt es)\b",
    r"\b(?:nachste|erste|grosste|top)\w? (?:geschenk|schenker|spender|gifter|rose|lowe)\w*\b.{0,30}\b(?:bekommt|kriegt|gewinnt|entscheidet|darf)\b|\blink in (?:der|meiner) bio\b",
    r"\b(?:schaffen|knacken|erreichen) wir\b(?:\W+\w+){0,4}?\W+(?:likes|follower\w*|geschenke|abos)\b|\bauf gehts? zu\b.{0,20}\b(?:likes|follower)\b",
)
SPANISH = (
    rf"(?<!\byo )(?<!\bque )(?<!\bme )(?<!\bte )\b(?:envi(?:a|en|ad|ame|enme|adme|anos|ennos|ar|arme)|mand(?:a|en|ad|ame|enme|adme|anos)|regal(?:a|en|ad|ame|enme|adme|anos|arme)|don(?:a|en|ad|ame|enme|ar)|tir(?:a|en|ame|enme)|lanz(?:a|en|ame|enme)|suelt(?:a|en)|d(?:ame|eme|enme|adme|anos|ale|enle|adle)|dej(?:a|en|ad|ame|enme))\b{MORE % 5}{THINGS}\b",
    r"\b(?:sigueme|siguenos|siganme|sigannos|seguidme|seguidnos)\b(?! (?:a |al |por|hasta|hacia|aqui))|\b(?:sigue|sigan|seguid) (?:el|la|este|esta|mi|nuestro|nuestra|al) (?:canal|cuenta|live|directo|streamer|perfil)\b|\bsigueme y te sigo\b|\bseguir por seguir\b|\b(?:like|sub|follow) por (?:like|sub|follow)\b",
    r"\b(?:suscribete|suscribanse|suscribios|suscribiros)\b|\b(?:comparte|compartan|compartid|(?<!por )compartir) (?:el|este|mi|nuestro|la|esta) (?:live|directo|en vivo|video|transmision|stream|canal)\b",
    r"\bno (?:te |se |os )?olvid(?:es|en|eis)(?: de)?(?:\W+\w+){0,3}?\W*\b(?:seguir\w*|dar\w*|compartir\w*|suscrib\w*|like|likes|tocar|enviar|mandar|regalar)\b",
    r"\b(?:toca|toquen|tocad|toque|tocar|dale|denle|dadle|golpea)\b(?:\W+\w+){0,3}?\W+(?:pantalla|corazon(?:cito)?|like|campan(?:a|ita)|me gusta|boton)\b(?! para (?:saltar|empezar|disparar))|\btap[ ,-]*tap\b|\bdoble toque\b",
    rf"\b(?:necesit\w*|quier(?:o|emos)|faltan|espero|esperamos|queremos|nos faltan)\b(?:\W+\w+){{0,4}}?\W+{THINGS}\b",
    r"\b(?:ayud(?:a|en|ad|ame|enme|anos|ennos|adme|adnos))\b(?:\W+\w+){0,5}?\W+(?:likes|seguidores|regalos|meta|rosas|suscriptores)\b|\bapoy(?:a|en|ame|enme|anos|ad|adme)\w* (?:con|el (?:live|directo|canal)|al streamer)\b|\blink en (?:la|mi) bio\b",
    r"\bsi (?:me |nos )?(?:sigues|siguen|das|dan|mandas|mandan|envias|envian|regalas|donas|compartes)\b.{0,50}\b(?:canto|bailo|te sigo|ganas|hago|te doy|digo|te saludo|ganan|habra)\b|\bquien (?:me |nos )?(?:manda|envia|regala|dona)\b(?:\W+\w+){0,3}?\W+(?:rosa|leon|regalo|galaxia|moneda|universo)s?\b",
    r"\bvamos (?:a |por )?(?:\w+ ){0,3}?(?:likes|seguidores|regalos)\b|\b(?:dale|denle|den|da|dad) (?:like|me gusta)s?\b",
)
FRENCH = (
    rf"(?<!\bje )(?<!\bil )(?<!\belle )(?<!\bon )(?<!\btu )\b(?:envoi(?:e|es)|envoyez|offre|offrez|donnez?|balancez?|lachez?|mettez|mets|lancez?|jet(?:te|ez)|laissez?|faites? don)\b{MORE % 5}{THINGS}\b",
    r"\babonne[ -]toi\b|\babonnez[ -]vous\b|(?<!\bje )(?<!\bj )\bsuis[ -]moi\b(?! (?:dans|vers|jusqu|par))|\bsuivez[ -](?:moi|nous)\b(?! (?:dans|vers|jusqu|par))|\b(?:suivez|suis) (?:le|la|mon|ma|notre|ce|cette) (?:compte|chaine|live|direct|streamer|page)\b|\b(?:abo|like|follow) (?:pour|contre) (?:abo|like|follow)\b",
    r"\bpartagez? (?:le|ce|mon|notre|la|cette) (?:live|direct|video|stream|lien)\b|\b(?:likez?|aimez) (?:et|le live|ce live|la video|mon)\b",
    r"\b(?:n'|n )?oubli(?:e|es|ez) pas (?:de |d')?(?:vous |t'|te )?(?:\w+ )?(?:liker|abonner|suivre|partager|taper|tapoter|envoyer|like|mettre un)\b",
    r"\b(?:tapotez?|tapez?|cliquez?|appuyez?|appuie|clique)\b(?:\W+\w+){0,4}?\W+(?:ecran|coeur|like|cloche|suivre|abonner|j'aime|pouce)\b(?! pour (?:sauter|commencer|tirer))|\btap[ ,-]*tap\b|\bdouble[ -]tap\b",
    rf"\b(?:besoin|veux|voulons|veut|voudrais|manque|attends|attendons|esper\w*)\b(?:\W+\w+){{0,4}}?\W+{THINGS}\b",
    r"\baidez?[ -](?:moi|nous)\b(?:\W+\w+){0,5}?\W+(?:likes|abonnes|cadeaux|objectif|roses|followers)\b|\bsoutenez? (?:le|la|mon|moi|nous)\b|\bsoutenez[ -](?:moi|nous)\b|\blien (?:en|dans (?:la|ma)) bio\b",
    r"\bsi (?:tu|vous) (?:m'|me |nous )?(?:suis|suivez|likes|likez|envoies|envoyez|offres|offrez|t'abonnes|vous abonnez|partagez|partages)\b.{0,50}\b(?:je|on|tu gagnes|vous gagnez)\b|\bqui (?:m'|me |nous )?(?:envoie|offre|balance)\b(?:\W+\w+){0,3}?\W+(?:rose|lion|cadeau|galaxie|univers)\w*\b|\b(?:on va|allez|on vise)\b(?:\W+\w+){0,4}?\W+(?:likes|abonnes|cadeaux)\b",
)
ASKING = re.compile(rf"\b(?:{'|'.join((*ENGLISH, *GERMAN, *SPANISH, *FRENCH))})")
"""All of them begin with a word, so they are tried at words only: a third of the time."""

ABOUT = re.compile(
    rf"\b(?:{THINGS}|follow\w*|folg\w*|subscri\w*|abon\w*|abo|like\w*|likt|likest|shar\w*|teil\w*|gift\w*|donat\w*|spend\w*|tap\w*|tipp\w*|screen|bildschirm|pantalla|ecran|press|hit|smash|click|push|sig\w+|segui\w*|suscri\w*|compart\w*|toc\w+|toqu\w+|regal\w*|dale|denle|suis|suiv\w*|partag\w*|offr\w*|f4f|l4l|s4s|faf|lal|sub4sub|subasub|glocke|herz\w*|teilen|bio|venmo|cash ?app|coffee|apoy\w*|soutene?z?|support|unterst\w*|olvid\w*|goal|ziel|meta|objectif|gusta|pouce|coeur|corazon\w*|daumen|thumbs?)\b"
)
CLAUSE = re.compile(
    r"(?<=[.!?;:,…])\s+|\s+[–—-]\s+|\s+(?=(?:and|but|so|then|und|aber|also|dann|y|pero|et|mais|puis)\b)", re.I
)
JOINTS = re.compile(r"(?i)^(?:and|but|so|then|und|aber|also|dann|y|pero|et|mais|puis)\b[\s,]*")
IDLE = re.compile(
    r"\W*(?:(?:and|please|pls|now|everybody|everyone|guys|all|folks|chat|today|friends|thanks|thank you|bitte|leute|alle|jetzt|und|"
    r"danke|por favor|todos|chicos|gente|ahora|te sigo|y te sigo|gracias|s'il (?:te|vous) plait|tout le monde|les amis|maintenant|"
    r"merci|i follow back|i will follow back|ich folge zuruck)\W*)+"
)
"""What stands around asking and says nothing without it."""

LEFT_OVER = 2
"""Words that what is left must have to be worth saying."""


def begs(text: str) -> bool:
    """Whether the text asks for gifts, follows, likes or shares."""
    low = _plain(text)
    readings = {low, low.translate(LEET_I)}
    return any(ABOUT.search(reading) and ASKING.search(reading) for reading in readings)


def without_begging(text: str) -> str:
    """The text without its clauses that ask; "" when nothing is left that stands alone."""
    kept = [clause for clause in CLAUSE.split(text) if not begs(clause)]
    if all(IDLE.fullmatch(_plain(clause)) for clause in kept):
        return ""
    rest = JOINTS.sub("", " ".join(kept)).strip(" ,;:–-")
    if len(re.findall(r"[^\W\d]{2,}", rest)) < LEFT_OVER or begs(rest):
        return ""
    rest = rest[0].upper() + rest[1:]
    return rest if rest[-1] in ".!?…" else rest + "."


def _plain(text: str) -> str:
    return " ".join(fold(text).lower().replace("’", "'").split())
