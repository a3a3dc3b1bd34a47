/* The client as a plugin's tests want it: it records what was said and run, and gives the answers it was told to. */
#pragma once

#include "client/plugin.h"

struct ui {
	struct buf said; /* every event's text, one a line */
	bool can_ask;
	struct strlist answers; /* to prompts, in order; "" says no, or nothing */
	size_t asked;
	struct strlist questions;
	struct strlist hooks; /* "label about: command" */
	struct buf hook_env;  /* "NAME=VALUE" lines and "-NAME", of all hooks */
	const char *hook_output;
	size_t failing_hook; /* this one (from 1) cannot be started */
};

void fake_ui_release(struct ui *ui);
AUTO_RELEASE(struct ui, fake_ui_release)

/* A task for a name; every medium has its proof. */
void fake_task(struct task *t, const char *identifier, const char *token, enum medium medium);
void fake_tasks_release(struct task *tasks, size_t n);
