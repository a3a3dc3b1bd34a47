/*
 * Other processes of this machine, found by their sockets: the kernel tells a socket's inode, /proc/PID/fd who has it open
 * (proc(5)). Where we may not look, or the other end is elsewhere, nobody is found.
 */
#pragma once

#include <sys/types.h>
#include <time.h>

#include "base/str.h"
#include "net/resolver.h"

struct process {
	pid_t pid;    /* 0: nobody was found */
	char *name;   /* "nginx"; printable */
	time_t since; /* when it was started */
};

/* Who listens on this port, at any address. */
void process_listening(struct process *out, unsigned port);
/* The same for people, "nginx (PID 812)"; NULL: nobody was found. */
char *port_holder(unsigned port);
/* Who has this socket open. */
void process_with_socket(struct process *out, uint64_t inode);
/* Has this one? False, too, where we may not look. */
bool process_has_socket(pid_t pid, uint64_t inode);
/* Who has the other end of a connection of ours. */
void process_at_other_end(struct process *out, const struct address *ours,
			  const struct address *theirs);
void process_release(struct process *p);

/* "nginx (PID 812)"; NULL for nobody. */
char *process_text(const struct process *p);

char *process_name(pid_t pid);   /* as /proc/PID/comm has it, printable; NULL: no such process */
pid_t process_parent(pid_t pid); /* 0: no such process */
/* By a signal or a debugger, until somebody has it go on. */
bool process_is_stopped(pid_t pid);
/* What it has computed so far, in clock ticks; -1: no such process. */
int64_t process_ticks(pid_t pid);
/* It computes, waits for its turn to, or waits for a disk. */
bool process_is_busy(pid_t pid);
void process_children(pid_t parent, pid_t **out, size_t *count); /* the caller frees *out */
/* Could it accept a TCP connection? False, too, where we may not look. */
bool process_accepts(pid_t pid);
/* The addresses something listens on at this port, wildcards as they are. */
void process_listeners(struct address_list *out, unsigned port);

AUTO_RELEASE(struct process, process_release)
