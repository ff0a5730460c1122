#ifndef FS_MOUNT_DAEMON_H
#define FS_MOUNT_DAEMON_H

/*
 * The step from a command in a terminal to a daemon that answers: the parent waits until the child says that it is ready or has failed, and ends
 * with its exit status. Forks before anything that does not survive a fork (threads, SQLite) exists.
 */

struct daemon_pipe {
	int fd; /* the child's end; -1: in the foreground, or said already */
};

/* Forks and returns in the child alone; the parent exits with the child's status, 0 once it is ready. Negative errno: no fork. */
int daemon_start(struct daemon_pipe *p);

/* In the child: lets the parent exit with 0, detaches from the terminal and the current directory. */
void daemon_ready(struct daemon_pipe *p);

#endif
