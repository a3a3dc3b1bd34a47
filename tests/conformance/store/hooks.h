/* What goes wrong below the databases: calls of theirs that this program answers itself when a test says so. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Syncs (PostgreSQL: those that end a round trip) wait until the gate is opened again. */
void hook_close_gate(void);
void hook_open_gate(void);
/* Waits until one stands at the gate. */
void hook_wait_at_gate(void);
/* So many syncs say that the disk is broken. */
void hook_fail_syncs(size_t count);
size_t hook_syncs(void);

/* The next transaction is committed by PostgreSQL, but the connection is lost before that is heard. */
void hook_lose_answer(void);
bool hook_answer_was_lost(void);
