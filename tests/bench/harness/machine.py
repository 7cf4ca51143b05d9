"""What the figures were taken on, and with which versions."""
import json
import os
import platform
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path

FILES_NEEDED = 16384


def output_of(*command):
    """First line that a command prints, or None if there is no such command."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0].strip() if lines else None


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def memory_gib():
    kib = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1))
    return round(kib / 1024 / 1024, 1)


def temporary_files():
    """The file system that data directories are on while they are measured."""
    return output_of("stat", "-f", "-c", "%T", tempfile.gettempdir())


def describe():
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": memory_gib(),
        "kernel": platform.release(),
        "temporary_files": temporary_files(),
        "load_average": os.getloadavg()[0],
    }


def npm_version(peers_dir, package):
    return json.loads((peers_dir / "node_modules" / package / "package.json").read_text())["version"]


def nchan_version():
    nchan = output_of("dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan")
    nginx = output_of("nginx", "-v")
    return f"{nchan or 'unpackaged'} in {(nginx or 'nginx').replace('nginx version: ', '')}"


def commit(root):
    return output_of("git", "-C", str(root), "rev-parse", "--short", "HEAD")


def today():
    return time.strftime("%Y-%m-%d %H:%M:%S %z")


def raise_file_limit():
    """Ten thousand connections need as many files in the server and in the generator; both inherit this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES_NEEDED:
        raise SystemExit(f"bench: the limit of open files is {hard}; {FILES_NEEDED} are needed (ulimit -Hn)")
    want = FILES_NEEDED if hard == resource.RLIM_INFINITY else min(hard, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, want) if soft != resource.RLIM_INFINITY else soft, hard))


def core_ticks(core):
    """(busy, all) ticks of a core since boot; stolen time counts as busy."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            ticks = [int(field) for field in line.split()[1:9]]
            return sum(ticks) - ticks[3] - ticks[4], sum(ticks)
    raise OSError(f"there is no core {core}")


def busy_share(before, after):
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
