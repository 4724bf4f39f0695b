"""Defaults that are longer than a line: words that make a comment a question, greeting or thanks, emotions, who the pal is."""

QUESTION_WORDS = [
    *("why", "how", "when", "where", "who", "what", "which", "how much", "how many", "whose"),
    *("warum", "wieso", "weshalb", "wie", "wann", "wo", "woher", "wohin", "wer", "wen", "wem", "was"),
    *("welche", "welcher", "welches", "wieviel"),
]
GREETINGS = [
    *("hello", "hi", "hey", "hiya", "howdy", "good morning", "good evening"),
    *("hallo", "huhu", "servus", "moin", "gruß", "grüß", "guten morgen", "guten abend", "guten tag"),
]
THANKS = ["thanks", "thank you", "thx", "ty", "danke", "dankeschön", "merci"]
EMOTIONS = [
    *("joy=joy", "happy=joy", "love=joy", "laugh=joy", "excited=joy"),
    *("sad=sad", "sorry=sad", "surprise=surprise", "surprised=surprise", "fear=fear", "scared=fear"),
]
"""Left what models write, right the tags that Animaze's manual shows."""

SYSTEM_PROMPT = (
    "You are PalFriend, a cheerful companion in a TikTok live stream. Answer the viewer in at most 25 words, "
    "in the language of their message. Never ask for gifts, follows or likes."
)
