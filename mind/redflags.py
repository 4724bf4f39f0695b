"""Messages about self-harm, violence and minors in danger: what no model answers and the streamer must see. Pure.

English and German, the basics of Spanish and French. Hits matter more than misses: a wrong hit costs one answer. Still,
players speak of killing and dying all day; what they say about their game is left alone where that is plain.
"""

import re
import unicodedata
from typing import Literal

Flag = Literal["self_harm", "violence", "minor"]

LOOK_ALIKES = str.maketrans("аеорсхуікɑ", "aeopcxyika")
LEET = str.maketrans("013457@$", "oieastas")
SPELLED = re.compile(r"(?<!\w)\w(?: \w){3,}(?!\w)")
"""A word letter by letter."""

GAME = re.compile(
    r"(?<!\w)(?:(?:in|on|at|im|auf|beim|en|dans|ingame)(?: \w+)? (?:game|match|round|lobby|server|level|map|raid|arena|spiel|"
    r"runde|juego|partida|jeu|partie)|(?:in|at|en|dans) (?:fortnite|minecraft|roblox|valorant|fifa|apex|pubg|gta|cod|lol|"
    r"chess|uno|zelda|elden|mario|among|call of duty|overwatch|smash|tekken|dark souls|battle royale)|ingame)(?!\w)"
)

_I_WILL = (
    r"(?:im|i|ill|imma|ima)(?: am)?(?: (?:really|just|so))?(?: (?:will|want to|wanna|gonna|going to|about to|to))*"
)
_THEM = r"(?:you|u|ya|him|her|them|everyone|everybody|all of you|some ?one|somebody|people)"
_KIN = (
    r"(?:step ?)?(?:dad|daddy|father|mom|mum|mother|parents?|uncle|aunt|brother|sister|grandpa|coach|teacher|cousin|"
    r"babysitter)"
)
_KIN_DE = (
    r"(?:papa|mama|vater|mutter|stiefvater|stiefmutter|eltern|onkel|tante|bruder|opa|trainer|lehrer|lehrerin|cousin)"
)
_PARTNER = r"(?:boyfriend|girlfriend|husband|wife|partner|ex)"
_CHILD = r"(?:im|i am|am)(?: only| just)? (?:[6-9]|1[0-7])(?!\w)"
_CHILD_DE = r"(?:bin)(?: erst| nur)? (?:[6-9]|1[0-7])(?!\w)"
_BARE = r"(?:nudes?|naked|sexting|sexy pics?|touch(?:es|ed|ing)? me|undress|without clothes|my body)"
_BARE_DE = r"(?:nackt\w*|ausziehen|ausziehe|anfass\w*|fasst mich|beruhrt mich|sex)"
_NO_GAME = r"(?! (?:at|in|im|bei|beim|every|jedes|immer im|en|au|aux)(?!\w))"
_SCENES = r"(?:school|house|church|mosque|synagogue|mall|airport|office|hospital|stadium|concert|place|class)"
_FUNNY = r"(?! (?:laughing|of|from|in|here|again|on|for|with|vor|de|rien que)(?!\w))"

SELF_HARM = (
    r"(?:kill?(?:ing|ed)?|hang(?:ing)?|shoot(?:ing)?|unaliv(?:e|ing)|harm(?:ing)?|drown(?:ing)?|starv(?:e|ing)) ?my ?self"
    r"(?! (?:laughing|with laughter|for a)(?!\w))",
    r"(?:end|ending|ended|take|taking) my (?:own )?life",
    r"end(?:ing)? it all(?! with)",
    r"(?:gonna|wanna|going to|want to|ill|imma|might|should just) kms",
    r"(?:commit(?:ting)? |thinking (?:about|of) |attempt(?:ed)? )(?:suicide|sewerslide)|suicidal|suicide (?:note|thoughts)",
    r"self ?harm(?:ing|ed)?",
    r"(?:cutting|cut) myself(?: (?:again|tonight|every|because|to feel|when|until|so)(?!\w)|$)",
    r"(?:want to|wanna|gonna|going to|will) (?:hurt|cut|harm) myself(?! (?:a|some|off|doing)(?!\w))|"
    r"hurt(?:ing)? myself on purpose",
    r"slit(?:ting)? my wrists?",
    r"(?:dont|do not|cant|no longer) (?:want to |wanna )?(?:live|be alive|exist)(?: on)?(?: this life)?"
    r"(?: like this)? ?(?:any ?more|any longer)",
    r"(?:dont|do not) (?:want to|wanna) (?:be alive|exist|wake up again|be here any ?more|be on this earth)",
    r"no (?:reason|point) (?:to|in) (?:live|living|go on living|stay alive)",
    r"(?:wish|wished) i (?:was|were) (?:dead|never born)|(?:better off|rather be) dead|better off without me",
    r"(?:nobody|no one|noone) (?:would|will) (?:even )?(?:miss me|care|notice) (?:if|when) i(?:m| am| was| were|ve)?"
    r" (?:die|died|dead|gone|disappeared?)",
    r"(?:took|taken|take|swallow(?:ed)?) (?:all (?:of )?)(?:my|the|these) (?:pills|tablets|meds|medication)",
    r"(?:my )?last (?:day|night) (?:on (?:this )?earth|alive)",
    r"mich (?:heute |jetzt |einfach |gleich )?(?:umbring\w*|um(?:zu)?bringen|erhang\w*|aufhang\w*|ritz\w*|erschiess\w*)"
    r"(?! vor lachen)",
    r"(?:bring|bringe) mich (?:heute |jetzt |gleich |einfach |bald )?um(?! vor lachen)",
    r"(?:erhange|ritze|ritz|erschiesse) mich|selbst ?verletz\w*",
    r"(?:mir|sich) das leben (?:zu )?nehm\w*|nehm\w* mir das leben|meinem leben ein ende|schluss mit (?:meinem|dem) leben",
    r"selbstmord(?: begeh\w*| mach\w*| verub\w*|gedanken| denk\w*)|(?:an|uber) selbstmord|suizid(?:gedanken|al)?",
    r"(?:will|mag|kann|mochte|wollte) (?:einfach )?nicht mehr (?:weiter ?)?(?:leben|da sein|existieren|aufwachen)",
    r"(?:lieber|besser|ich ware|war ich) tot(?! umf)|ohne mich (?:besser dran|war\w* .{0,20}besser)",
    r"alle (?:meine |die )?(?:tabletten|pillen) (?:genommen|nehm\w*|geschluckt|schluck\w*)",
    r"(?:spring\w*|werf\w*) (?:mich )?(?:gleich |jetzt )?(?:vor (?:den|einen) zug)|vor (?:den|einen) zug (?:spring|werf)\w*",
    r"(?:no quiero|ya no quiero|sin ganas de) (?:seguir )?(?:vivir|viviendo)|(?:quiero|voy a|pienso en) (?:matarme|suicidarme)",
    r"me (?:voy a|quiero) (?:matar|suicidar)|cortarme las venas|acabar con mi vida|quitarme la vida",
    r"(?:je (?:veux|vais)|envie de) (?:me tuer|me suicider|en finir avec la vie)|plus envie de vivre|mouvrir les veines",
    r"mettre fin a (?:ma vie|mes jours)|pensees suicidaires",
)
SELF_HARM_SOFT = (
    rf"(?<!dont )(?<!not )(?<!never )(?<!nobody )(?:i|just|really|i just|i really) (?:want to|wanna) die(?!\w){_FUNNY}",
    r"(?:im|i)(?: am)?(?: will| want to| wanna| gonna| going to)+ jump (?:off|from) (?:a|the|this|my) "
    r"(?:bridge|roof|building|balcony)",
    r"(?:cant|cannot) (?:go on|take it) (?:any ?more|any longer) (?:i|my) (?:want|life)",
    rf"ich (?:will|mochte) (?:einfach |nur |nur noch |doch |endlich )?sterben(?!\w){_FUNNY}",
    r"ich spring\w* (?:gleich |jetzt )?(?:von der brucke|vom dach|aus dem fenster)",
    rf"(?<!no )(?:me quiero|quiero) morir(?:me)?(?!\w){_FUNNY}",
    rf"(?:je veux|envie de) mourir(?!\w){_FUNNY}",
)
VIOLENCE = (
    rf"{_I_WILL} (?:shoot|blow|bomb|burn|attack) ?(?:up|down)? (?:the|my|your|a|this|our) {_SCENES}",
    r"(?:planning|plan|doing|going to do|commit) (?:a|an|another) (?:school|mass) shooting",
    r"(?:bring|bringing|take|taking|brought) (?:a|my|the|dads|my dads) (?:gun|knife|rifle|bomb)s? (?:to|into) "
    r"(?:school|work|class|church)",
    rf"{_I_WILL} (?:find|come|get) (?:you|to your house|for you) and (?:kill|hurt|stab|shoot|beat|rape)",
    rf"(?:kill|murder|stab|shoot|strangle|poison) (?:my|your|his|her) (?:whole |entire )?(?:{_KIN}|{_PARTNER}|family|kids?|"
    r"child|children|classmates?|neighbou?rs?|baby)(?!\w)",
    rf"{_I_WILL} (?:rape|strangle|behead|poison) {_THEM}",
    r"(?:kill|hang|shoot|unalive) (?:your|ur) ?sel(?:f|ves)|(?:^| )kys(?:$| )|you (?:deserve|need|should) (?:to )?die(?! laugh)",
    rf"my {_PARTNER} (?:hits|beats|hit|beat|chokes|choked|punches|punched|strangles) me(?!\w){_NO_GAME}",
    r"i know where (?:you|u|he|she) lives? .{0,30}(?:kill|hurt|dead|die|sorry|regret|blood)",
    r"(?:amok ?lauf\w*|amok) (?:an|in) (?:der|meiner|unserer) (?:schule|arbeit)|ich lauf\w* (?:morgen |heute )?amok|"
    r"(?:ich|werde|will) (?:morgen |heute )?amok ?lauf\w*",
    r"(?:messer|waffe|pistole|bombe) (?:mit )?(?:in|mit in|mit zur|zur) (?:die |der )?schule",
    r"(?:schule|kirche|moschee|synagoge|flughafen|haus) (?:in die luft|an)(?: zu)? ?(?:sprengen|jagen|zunden)",
    r"(?:bring\w*|stech\w*|erschiess\w*|erstech\w*|knall\w*) (?:meine?n?|deine?n?) (?:ganze )?(?:frau|mann|freundin|freund|ex|"
    rf"familie|kinder|kind|nachbarn?|{_KIN_DE})(?!\w)",
    r"(?:bring|hang|erhang|erschiess|tote) dich (?:doch )?(?:selbst|selber)|(?<!ich )bring dich (?:doch )?um",
    rf"mein\w* (?:mann|freund|ex|frau|freundin) (?:schlagt|verprugelt|wurgt) mich(?!\w){_NO_GAME}",
    r"(?:voy a|quiero) (?:disparar|poner una bomba) en (?:la|mi) escuela|mi (?:novio|esposo|marido) me (?:pega|golpea)",
    r"(?:faire sauter|tirer dans) (?:mon|l) ?(?:ecole|lycee)|mon (?:mari|copain) me (?:frappe|bat)(?! (?:a|au|aux)(?!\w))",
)
VIOLENCE_SOFT = (
    rf"{_I_WILL} (?:kill|murder|stab|shoot) (?:you|u|everyone|everybody|all of you|some ?one|somebody|people)(?! with kindness)",
    r"(?:you|ur|youre) (?:are )?(?:gonna|going to|will) (?:die|bleed|be dead) (?:tonight|tomorrow|soon)",
    r"ich (?:bring\w*|stech\w*|knall\w*|mach\w*) (?:dich|euch)(?: alle)?(?: heute| bald| noch| irgendwann)? (?:um|ab|kalt)(?!\w)",
    r"ich (?:werde|will) (?:dich|euch|jemanden|leute|alle)(?: alle)? (?:umbringen|toten|abstechen|erschiessen|abknallen)",
    r"(?:te voy a|voy a) matar(?:te)?(?!me)(?: a todos)?|je vais (?:te|vous|tous les) tuer",
)
MINOR = (
    rf"{_CHILD}.{{0,60}}{_BARE}|{_BARE}.{{0,40}}{_CHILD}",
    rf"{_CHILD}.{{0,60}}(?:older (?:man|guy)|grown man|adult) (?:wants|asked|is|made)",
    rf"(?:my {_KIN}|he|she|a man|some man|an? (?:old|older|adult) (?:man|guy|woman)|someone|a stranger) "
    r"(?:keeps? )?(?:touch(?:es|ed|ing)|molest(?:s|ed|ing)|abus(?:es|ed|ing)|rap(?:es|ed|ing)|groom(?:s|ed|ing)) me"
    r"(?! (?:with (?:his|her|this) (?:words?|music|songs?))(?!\w))",
    rf"my {_KIN} (?:hits|beats|hit|beat|chokes|punches|hurts|burns) me(?!\w)(?! up in){_NO_GAME}",
    rf"my {_KIN} (?:locks|locked|keeps) me (?:in|up|out)(?!\w)(?! (?:game|the game|minecraft|roblox)(?!\w))",
    r"(?:wants?|wanted|asked|asks|told|tells|forces|forced|made) me to (?:send|show|take)(?: \w+){0,3} "
    r"(?:nudes?|naked|underwear|private parts|pics? of my body)",
    r"(?:girls?|boys?|kids?|teens?) (?:under|below|younger than|aged?) 1[0-7](?!\w).{0,30}(?:dm|add|message|snap|text|meet|nudes?)",
    r"(?:looking for|any|where are the) (?:little |young )?(?:girls?|boys?|kids) (?:under|below|younger than) 1[0-8](?!\w)",
    r"i (?:have )?(?:ran|run) away from home(?! in)|i (?:was|got|am being|have been|ve been) kidnapped(?! in)",
    rf"{_CHILD_DE}.{{0,60}}{_BARE_DE}|{_BARE_DE}.{{0,40}}{_CHILD_DE}",
    rf"mein\w* {_KIN_DE} (?:schlagt|schlagen|verprugelt|misshandelt|missbraucht|begrapscht|vergewaltigt|wurgt) mich(?!\w)"
    rf"{_NO_GAME}",
    rf"(?:mein\w* {_KIN_DE}|er|sie|ein mann|ein fremder|jemand) (?:fasst|hat) mich (?:\w+ )?(?:an|angefasst|begrapscht|missbraucht|"
    r"vergewaltigt|entfuhrt)(?!\w)",
    r"(?:will|verlangt|sagt|mochte)(?: \w+)? ?(?:dass)? (?:ich|von mir) (?:\w+ ){0,4}(?:nackt\w*|ausziehe)",
    r"(?:von zu ?hause|daheim) (?:weggelaufen|abgehauen)|wurde entfuhrt",
    r"(?:tengo|soy de) (?:[6-9]|1[0-7])(?!\w).{0,50}(?:desnud\w*|me toca|sexo)|"
    r"mi (?:papa|padre|padrastro|tio|mama|madre|profe\w*) me (?:pega|golpea|toca|viola|abusa)(?! (?:en|al)(?!\w))",
    r"jai (?:[6-9]|1[0-7]) ans.{0,50}(?:nue?s?|me touche|sexe)|"
    r"mon (?:pere|beau pere|oncle|prof) me (?:frappe|bat|touche|viole)(?! (?:a|au|aux)(?!\w))",
)


def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w)(?:{p})(?!\w)" for p in patterns))


PATTERNS: tuple[tuple[Flag, re.Pattern[str], re.Pattern[str] | None], ...] = (
    ("minor", _any(MINOR), None),
    ("self_harm", _any(SELF_HARM), _any(SELF_HARM_SOFT)),
    ("violence", _any(VIOLENCE), _any(VIOLENCE_SOFT)),
)
"""Kind, what always counts, what counts unless it is about a game."""


def red_flag(text: str) -> Flag | None:
    """What this message hints at; None for every other message."""
    folded = _folded(text)
    about_a_game = GAME.search(folded) is not None
    for flag, always, outside_games in PATTERNS:
        if always.search(folded) or (not about_a_game and outside_games and outside_games.search(folded)):
            return flag
    return None


def _folded(text: str) -> str:
    """Lower-case words without accents, apostrophes, signs and the usual disguises."""
    plain = unicodedata.normalize("NFKD", text[:1000]).casefold().translate(LOOK_ALIKES)
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"Mn", "Cf"} and c not in "'’`´‘")
    words = (w if w[:1].isdigit() else w.translate(LEET) for w in plain.split())
    spaced = re.sub(r"[\W_]+", " ", " ".join(words))
    short = re.sub(r"(\w)\1{2,}", r"\1", spaced).strip()
    return SPELLED.sub(lambda found: found.group().replace(" ", ""), short)
