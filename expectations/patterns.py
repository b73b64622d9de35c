"""What gives away that a text is not clean: regular expressions in the dialect that DuckDB and Python share.

Belongs here: the patterns that the projection looks for. Does not belong here: what a match means for the row (rules.py).
DuckDB's RE2 has no look-around; its \\w, \\d, \\b are ASCII only and its \\s misses the no-break space: classes are written out.
"""

from transforms.phrasebook import alternation, phrases

# A tag with one of HTML's common names. "<3" and "a < b" are text.
_TAGS = "a|abbr|article|aside|b|blockquote|br|button|div|em|figcaption|figure|font|form|h[1-6]|hr|i|iframe|img|input|li|ol|p"
_MORE_TAGS = "noscript|picture|script|section|small|source|span|strong|style|sub|sup|svg|table|tbody|td|th|tr|u|ul|video"
_TAG = rf"</?(?:{_TAGS}|{_MORE_TAGS})(?:[ \t\r\n][^<>]{{0,300}})?/?>"
# "{{ user.name }}", "[caption id=1 ...]": what a template engine should have filled in.
_TEMPLATE = r"\{\{[^{}\n]{1,80}\}\}|\[/?(?:caption|gallery|embed)[ \]]"
_ENTITY = r"&(?:amp|lt|gt|quot|apos|nbsp|rsquo|lsquo|rdquo|ldquo|hellip|ndash|mdash|#[0-9]{1,6}|#x[0-9a-f]{1,6});"

BODY_MARKUP = f"(?i){_TAG}|{_TEMPLATE}"
TITLE_MARKUP = f"(?i){_TAG}|{_TEMPLATE}|{_ENTITY}"
ENTITY = f"(?i){_ENTITY}"

# UTF-8 read as Windows-1252: a lead byte as a letter, then what continuation bytes look like there: "Ãª", "â€™", "ðŸ˜€", "Ð¿".
_CONTINUATION = "[\u0080-\u00bf" + bytes(range(0x80, 0xA0)).decode("cp1252", errors="ignore") + "]"
_BROKEN_LETTERS = (
    "\u00c3[\u0080-\u00bf]",
    f"\u00e2\u20ac{_CONTINUATION}",
    f"\u00f0\u0178{_CONTINUATION}",
    f"(?:[\u00d0\u00d1\u00d8\u00d9]{_CONTINUATION}){{3}}",
)
MOJIBAKE = f"(?:{'|'.join(_BROKEN_LETTERS)})"
# In a long text a single one may be the publisher's own slip, quoted or pasted; three mean that the page was read wrongly.
REPEATED_MOJIBAKE = f"(?s){MOJIBAKE}.*{MOJIBAKE}.*{MOJIBAKE}"
LOST_CHARACTER = ".{0,30}\ufffd.{0,30}"

# Phrases of two words and more, or of a script without spaces: "read" or "video" before a colon may well be the article's own.
_LEAD_INS = [phrase for phrase in phrases("related", "lead_ins") if " " in phrase or not phrase.isascii()]
READ_ALSO = rf"(?im)^[\[(>*•– ]{{0,3}}(?:{alternation(_LEAD_INS)})[ \xa0]?[:：][^\n]{{0,160}}"

_LOGIN = (
    "log in to (?:read|continue|view)|sign in to (?:read|continue|view)|subscribe to (?:read|continue|keep reading|unlock)",
    "already a subscriber|to continue reading|create a free account|enable javascript|disable your ad ?blocker",
    "we use cookies|this (?:web)?site uses cookies|accept (?:all )?cookies|cookie policy",
    "login untuk|masuk untuk membaca|daftar untuk membaca|berlangganan untuk|gabung [a-z.]{2,20}\\+",
    "melden sie sich an|anmelden und weiterlesen|jetzt weiterlesen|mit abo weiterlesen|bereits abonnent|wir verwenden cookies",
    "connectez-vous|réservé aux abonnés|il vous reste [0-9]+ ?%|nous utilisons des cookies",
    "inicia sesión para|suscríbete para|utilizamos cookies|entre para continuar|assine para|accedi per|abbonati per",
    "ログインして|会員登録して|この記事は有料|有料会員限定|登录后|登入後|订阅后|訂閱後",
    "로그인 후|войдите, чтобы|подпишитесь, чтобы",
)
# No context before it: a pattern that may begin anywhere made this one 70 times slower than all others together.
LOGIN = rf"(?i)(?:{'|'.join(_LOGIN)})[^\n]{{0,60}}"

# Whether a body is worth a second look: every match of a body's patterns holds a match of this one. Each regular expression reads
# a text from end to end, however many alternatives it has: one reading settles all of them for 97 bodies of 100.
TELLTALE = "|".join(
    (
        f"(?im:{READ_ALSO.removeprefix('(?im)')})",
        f"(?i:{LOGIN.removeprefix('(?i)')})",
        f"(?i:{_ENTITY})",
        MOJIBAKE,
        r"<[/A-Za-z]|\{\{|\[[/CcGgEe]",  # where a tag and a template begin
        "\ufffd",
    )
)

TITLE_TELLTALE = f"(?:{TITLE_MARKUP})|{MOJIBAKE}"

# What two headlines may have in common: a word, or a single character of a script that does not part words (Thai to Han).
WORD = r"[\x{0e00}-\x{0eff}\x{1000}-\x{109f}\x{1780}-\x{17ff}\x{3040}-\x{30ff}\x{3400}-\x{9fff}\x{f900}-\x{faff}]|[\p{L}\p{N}]+"

# What stands in a byline and is no name: an address, a role, "By", a date, several names in one, a sentence.
_ROLE = "by|von|oleh|par|por|di|door|written by|text|foto|photo|penulis|editor|author|autor|reporter|redaktur"
NOT_A_PERSON = (
    rf"(?i)^(?:{_ROLE})[ :]|[@|<>/\\{{}}\[\]=_•]|https?:|www\.|[0-9]{{2}}|^[^\p{{L}}]+$"
    r"|\p{L}{5}[.!?] |(?: [^ ]+){7}|^.{81}"
)
