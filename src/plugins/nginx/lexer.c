#include "plugins/nginx/lexer.h"

#include <string.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

void lexer_init(struct lexer *l, const char *text, size_t len)
{
	*l = (struct lexer){ .text = text, .len = len, .line = 1 };
	if (len >= strlen(byte_order_mark) &&
	    memcmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
		l->at = strlen(byte_order_mark);
}

static bool at_end(const struct lexer *l)
{
	return l->at >= l->len;
}

static char here(const struct lexer *l)
{
	return l->text[l->at];
}

static void step(struct lexer *l)
{
	l->line += here(l) == '\n';
	l->at++;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_line(struct lexer *l)
{
	while (!at_end(l) && here(l) != '\n')
		l->at++;
}

static void skip_between(struct lexer *l)
{
	while (!at_end(l) && (is_space(here(l)) || here(l) == '#'))
		if (here(l) == '#')
			skip_line(l);
		else
			step(l);
}

/* A backslash takes the next byte with it, whatever it is. */
static void step_escaped(struct lexer *l)
{
	if (here(l) == '\\' && l->at + 1 < l->len)
		step(l);
	step(l);
}

static struct err *read_quoted(struct lexer *l)
{
	unsigned opened = l->line;
	char quote = here(l);

	step(l);
	while (!at_end(l) && here(l) != quote)
		step_escaped(l);
	if (at_end(l))
		return err_new(
			ERR_PARSE,
			"line %u: the text that this line opens with %c is not closed up to the end of the file",
			opened, quote);
	step(l);
	l->after_quote = true;
	return NULL;
}

/* "{" right behind "$" belongs to a variable: ${name}. */
static void read_plain(struct lexer *l)
{
	bool variable = false;

	while (!at_end(l)) {
		char c = here(l);

		if (is_space(c) || c == ';' || (c == '{' && !variable))
			return;
		variable = c == '$' || (c == '{' && variable);
		step_escaped(l);
	}
}

static struct err *read_word(struct lexer *l)
{
	char c = here(l);

	if (c == '"' || c == '\'')
		return read_quoted(l);
	read_plain(l);
	return NULL;
}

static enum token_kind kind_of(char c)
{
	switch (c) {
	case ';':
		return TOKEN_SEMICOLON;
	case '{':
		return TOKEN_OPEN;
	case '}':
		return TOKEN_CLOSE;
	default:
		return TOKEN_WORD;
	}
}

/* nginx takes ")" there for the sake of if ($a = "b"). */
static struct err *check_after_quote(struct lexer *l)
{
	bool fine = !l->after_quote || at_end(l) || is_space(here(l)) ||
		    strchr(";{)", here(l)) != NULL;

	l->after_quote = false;
	if (fine && (at_end(l) || here(l) != '\0'))
		return NULL;
	return err_new(ERR_PARSE,
		       "line %u: white space or \";\" is missing behind the closing quote",
		       l->line);
}

/* "}" in a row of words is one of them if it does not stand alone: nginx looks for it only where a word may start. */
struct err *lexer_next(struct lexer *l, struct token *out)
{
	TRY(check_after_quote(l));
	skip_between(l);
	struct token t = { .kind = TOKEN_END, .start = l->at, .line = l->line };

	if (!at_end(l))
		t.kind = kind_of(here(l));
	if (t.kind == TOKEN_WORD)
		TRY(read_word(l));
	else if (t.kind != TOKEN_END)
		step(l);
	t.end = l->at;
	if (memchr(l->text + t.start, '\0', t.end - t.start) != NULL)
		return err_new(
			ERR_PARSE,
			"line %u: a zero byte; is this a text file, in an encoding like ASCII or UTF-8?",
			t.line);
	*out = t;
	return NULL;
}
