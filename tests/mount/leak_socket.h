#ifndef TESTS_MOUNT_LEAK_SOCKET_H
#define TESTS_MOUNT_LEAK_SOCKET_H

/*
 * Descriptors that go from one user's process to another's, each with a path, through datagram sockets that are named after
 * the users in one directory. unix(7), SCM_RIGHTS.
 */

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LEAK_PATH_CAP 512

static void leak_socket_address(struct sockaddr_un *a, const char *dir, const char *who)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	(void)snprintf(a->sun_path, sizeof(a->sun_path), "%s/%s", dir, who);
}

/* The socket of `who`, which everybody may send to; -1 and errno where there can be none. */
static int leak_socket_open(const char *dir, const char *who)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	leak_socket_address(&a, dir, who);
	(void)unlink(a.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || chmod(a.sun_path, 0777) < 0)
		return -1;
	return fd;
}

union leak_control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* A peer that is not there or does not keep up gets nothing. */
static void leak_socket_send(int socket, struct sockaddr_un *to, const char *path, int fd)
{
	struct iovec iov = {.iov_base = (void *)path, .iov_len = strlen(path) + 1};
	union leak_control control = {0};
	struct msghdr m = {.msg_name = to,
	    .msg_namelen = sizeof(*to),
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	(void)sendmsg(socket, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The next descriptor and its path; -1: none has come. */
static int leak_socket_receive(int socket, char path[LEAK_PATH_CAP])
{
	struct iovec iov = {.iov_base = path, .iov_len = LEAK_PATH_CAP - 1};
	union leak_control control = {0};
	struct msghdr m = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	ssize_t n = recvmsg(socket, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	int fd;

	if (!c || c->cmsg_type != SCM_RIGHTS)
		return -1;
	path[n] = '\0';
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

#endif
