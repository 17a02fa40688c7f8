"""Ports are asked for before anything is started, and a refusal names the setting."""

import socket
import threading
from datetime import timedelta

import pytest

from embedded.ports import Port, refuse_taken
from embedded.refusals import CannotStart
from tests.ports import free_port, free_ports

AT_ONCE = timedelta(0)


def port(number: int, host: str = "127.0.0.1") -> Port:
    return Port(host, number, "the desk", "FIRSTLINE_PORT")


def listener(number: int) -> socket.socket:
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", number))
    taken.listen()
    return taken


def test_free_ports_pass_and_stay_free() -> None:
    ports = [port(number) for number in free_ports(3)]
    refuse_taken(ports, AT_ONCE)
    refuse_taken(ports, AT_ONCE)


def test_a_taken_port_is_named_with_its_purpose_and_the_setting_that_moves_it() -> None:
    number = free_port()
    with listener(number):
        says = rf"port {number}, which the desk needs, .*set FIRSTLINE_PORT"
        with pytest.raises(CannotStart, match=says):
            refuse_taken([port(number)], AT_ONCE)


def test_a_port_that_a_dying_desk_lets_go_of_is_waited_for() -> None:
    number = free_port()
    taken = listener(number)
    release = threading.Timer(0.3, taken.close)
    release.start()
    refuse_taken([port(number)], timedelta(seconds=20))
    assert taken.fileno() == -1


def test_two_parts_of_the_desk_on_one_port_are_refused() -> None:
    number = free_port()
    with pytest.raises(CannotStart, match="another part of the desk"):
        refuse_taken([port(number), port(number)], AT_ONCE)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotStart, match=r"192\.0\.2\.1 is not an address .*FIRSTLINE_HOST"):
        refuse_taken([port(free_port(), "192.0.2.1")], AT_ONCE)
