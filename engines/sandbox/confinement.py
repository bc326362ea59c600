"""What a sandboxed child gives up before it touches a document: outliving its parent, core dumps, the network.

Nothing here needs privileges. Linux has the whole of it; elsewhere the child only ends with its parent.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import shutil
import struct
import sys
from pathlib import Path

from engines.sandbox.procfs import kill_group

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

AUDIT_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Of each machine: its audit code and the number of `socket(2)` (linux/audit.h, asm/unistd.h)."""
IO_URING_SETUP = 425
FIRST_X32_CALL = 0x40000000
LOCAL_FAMILIES = (1, 16)
"""AF_UNIX and AF_NETLINK: what LibreOffice and Chromium need to talk to themselves."""

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, DENY = 0x7FFF0000, 0x00050000 | 13  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EACCES


def end_with_parent(lifeline: int) -> None:
    """Fork a guardian that ends all this when `lifeline`, a pipe held open by the parent, is closed.

    It kills this process and whatever it has started, and removes the working directory. PR_SET_PDEATHSIG would spare the
    guardian, but it fires when the *thread* that started the child ends, exists on Linux only, reaches no further
    processes, and tidies nothing.
    """
    leader = os.getpid()
    if os.fork():
        os.close(lifeline)
        return
    os.setpgid(0, 0)  # so that it outlives the group that it kills
    os.closerange(0, lifeline)
    os.closerange(lifeline + 1, 1024)  # else the parent would wait for the end of pipes that this process still holds
    while os.read(lifeline, 1):
        pass
    kill_group(leader)
    shutil.rmtree(Path.cwd(), ignore_errors=True)
    os._exit(0)


def limit_files(largest_bytes: int) -> None:
    """No core dumps, and no file beyond `largest_bytes`."""
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_FSIZE, largest_bytes)


def limit_memory(memory_mb: int) -> None:
    """Refuse allocations far beyond what the parent's watch allows, `memory_mb`: a net for growth too fast for it to see."""
    lower(resource.RLIMIT_DATA, (memory_mb + 1024) * 1024 * 1024)


def lower(what: int, limit: int) -> None:
    """Set a soft limit, as far as the hard one allows; the hard one stays, so that the next request may set another."""
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def isolate_network() -> bool:
    """Cut this process and all that it starts off the network; False where the platform offers no way to.

    Call it before any thread is started. An empty network namespace comes first, since programs notice it least; where
    namespaces are forbidden, as in most containers, a seccomp filter refuses every socket that is not local.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return enter_empty_network(libc) or refuse_sockets(libc)


def enter_empty_network(libc: ctypes.CDLL) -> bool:
    """Move into a network namespace of its own, without any interface."""
    user, group = os.getuid(), os.getgid()
    if user == 0 and libc.unshare(CLONE_NEWNET) == 0:
        return True
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


class Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_sockets(libc: ctypes.CDLL) -> bool:
    """Let `socket(2)` fail for every family that leads out of this machine."""
    machine = AUDIT_ARCHITECTURES.get(platform.machine())
    if machine is None:
        return False
    instructions = socket_filter(*machine)
    program = Program(len(instructions) // 8, instructions)
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def socket_filter(architecture: int, socket_call: int) -> bytes:
    """Assemble the BPF program; foreign call tables and io_uring would be ways around it and are refused too."""
    steps = [
        (LOAD, 0, 0, 4),  # seccomp_data.arch
        (JUMP_EQUAL, 0, 8, architecture),
        (LOAD, 0, 0, 0),  # seccomp_data.nr
        (JUMP_AT_LEAST, 6, 0, FIRST_X32_CALL),
        (JUMP_EQUAL, 5, 0, IO_URING_SETUP),
        (JUMP_EQUAL, 0, 3, socket_call),
        (LOAD, 0, 0, 16),  # the low half of args[0]: the family
        (JUMP_EQUAL, 1, 0, LOCAL_FAMILIES[0]),
        (JUMP_EQUAL, 0, 1, LOCAL_FAMILIES[1]),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, DENY),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
