/* What a ui says that does not speak for itself: kept as it would have been written, until somebody has it said. */
#include <stdio.h>
#include <string.h>

#include "client/ui/ui.h"

struct ui *ui_new_aside(struct ui *root)
{
	struct ui *ui = xcalloc(1, sizeof(*ui));

	ui->o = root->o;
	ui->o.noninteractive = true;
	ui->root = root;
	return ui;
}

void ui_aside_about(struct ui *ui, const char *lineage)
{
	char *copy = lineage != NULL ? xstrdup(lineage) : NULL;

	free(ui->about);
	ui->about = copy;
	free(MOVE(ui->waiting_for));
}

struct said ui_aside_take(struct ui *ui)
{
	struct said taken = ui->said;

	ui->said = (struct said){ 0 };
	return taken;
}

void said_add(struct said *s, bool error, const char *text)
{
	s->items = xrealloc(s->items, s->count + 1, sizeof(*s->items));
	s->items[s->count++] = (struct saying){ .text = xstrdup(text), .error = error };
}

void said_append(struct said *s, struct said *more)
{
	s->items = xrealloc(s->items, s->count + more->count + 1, sizeof(*s->items));
	if (more->count > 0)
		memcpy(&s->items[s->count], more->items, more->count * sizeof(*s->items));
	s->count += more->count;
	free(more->items);
	*more = (struct said){ 0 };
}

void said_release(struct said *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].text);
	free(s->items);
	*s = (struct said){ 0 };
}

void ui_say(struct ui *root, struct said *s)
{
	(void)pthread_mutex_lock(&root->lock);
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].error)
			ui_print_error(root, s->items[i].text);
		else
			ui_print(root, s->items[i].text);
	(void)pthread_mutex_unlock(&root->lock);
	said_release(s);
}

/* "[a.test] " before each line: records of several lineages stand side by side in the log. */
char *aside_log_text(const struct ui *ui, const char *text)
{
	AUTO(buf_release) struct buf b = BUF_INIT(SIZE_MAX / 2);

	if (ui->about == NULL)
		return xstrdup(text);
	buf_addf(&b, "[%s] ", ui->about);
	for (; *text != '\0'; text++) {
		buf_addc(&b, *text);
		if (*text == '\n')
			buf_addf(&b, "[%s] ", ui->about);
	}
	return buf_detach(&b);
}
