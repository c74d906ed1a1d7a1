"""What every file system promises, on both of them."""

import pytest

from kafkapy.storage.files import replace_file
from tests.storage.conftest import Place


def test_what_is_appended_is_read_back(place: Place) -> None:
    file = place.files.open(f"{place.path}/a", create=True)
    file.append(b"hello ")
    file.append(memoryview(b"world"))
    assert file.size == 11
    assert file.read(0, 100) == b"hello world"
    assert file.read(6, 3) == b"wor"
    assert bytes(file.view(4, 100)) == b"o world"
    assert file.read(11, 5) == b""


def test_a_missing_file_opens_only_when_it_may_be_created(place: Place) -> None:
    with pytest.raises(FileNotFoundError):
        place.files.open(f"{place.path}/a")
    place.files.open(f"{place.path}/a", create=True)
    assert place.files.open(f"{place.path}/a").size == 0


def test_preallocated_space_is_no_content_until_the_file_is_opened_again(place: Place) -> None:
    file = place.files.open(f"{place.path}/a", create=True)
    file.preallocate(100)
    file.append(b"abc")
    assert (file.size, place.files.size(f"{place.path}/a")) == (3, 100)
    assert file.read(0, 50) == b"abc"
    assert place.files.open(f"{place.path}/a").read(0, 5) == b"abc\0\0"
    file.truncate(file.size)
    assert place.files.size(f"{place.path}/a") == 3


def test_bytes_in_the_middle_are_replaced(place: Place) -> None:
    file = place.files.open(f"{place.path}/a", create=True)
    file.append(b"abcdef")
    file.write_at(2, b"XY")
    file.write_at(5, b"Z!")
    assert file.read(0, 10) == b"abXYeZ!"
    assert file.size == 7


def test_a_cut_file_goes_on_where_it_was_cut(place: Place) -> None:
    file = place.files.open(f"{place.path}/a", create=True)
    file.append(b"abcdef")
    file.truncate(3)
    file.append(b"xy")
    assert place.files.read(f"{place.path}/a") == b"abcxy"


def test_a_closed_and_a_renamed_file_open_again_by_themselves(place: Place) -> None:
    file = place.files.open(f"{place.path}/a", create=True)
    file.append(b"abc")
    file.close()
    file.append(b"def")
    file.close()
    place.files.rename(f"{place.path}/a", f"{place.path}/b")
    file.renamed(f"{place.path}/b")
    assert file.read(0, 10) == b"abcdef"
    assert place.files.list(place.path) == ["b"]


def test_a_small_file_is_replaced_as_a_whole(place: Place) -> None:
    path = f"{place.path}/checkpoint"
    replace_file(place.files, path, b"first and long")
    replace_file(place.files, path, b"second", sync=False)
    assert place.files.read(path) == b"second"
    assert place.files.list(place.path) == ["checkpoint"]


def test_removing_what_is_not_there_is_harmless(place: Place) -> None:
    place.files.remove(f"{place.path}/nothing")
    place.files.remove_tree(f"{place.path}/nothing")
    place.files.sync(f"{place.path}/nothing")
    place.files.sync_directory(f"{place.path}/nothing")
    assert place.files.list(place.path) == []


def test_a_directory_goes_with_all_in_it(place: Place) -> None:
    place.files.make_directory(f"{place.path}/a/b")
    place.files.write(f"{place.path}/a/b/c", b"x")
    assert place.files.is_directory(f"{place.path}/a/b")
    assert not place.files.is_directory(f"{place.path}/a/b/c")
    place.files.remove_tree(f"{place.path}/a")
    assert not place.files.exists(f"{place.path}/a/b/c")


def test_a_lock_excludes_a_second_holder_until_it_is_released(place: Place) -> None:
    lock = place.files.lock(f"{place.path}/.lock")
    with pytest.raises(BlockingIOError):
        place.files.lock(f"{place.path}/.lock")
    lock.release()
    place.files.lock(f"{place.path}/.lock").release()


def test_the_time_of_change_can_be_set(place: Place) -> None:
    place.files.write(f"{place.path}/a", b"x")
    place.files.set_modified_ms(f"{place.path}/a", 1_600_000_000_123)
    assert place.files.modified_ms(f"{place.path}/a") == 1_600_000_000_123


def test_sync_jobs_outlive_the_file(place: Place) -> None:
    file = place.files.open(f"{place.path}/a", create=True)
    file.append(b"abc")
    job = file.sync_job()
    file.close()
    place.files.remove(f"{place.path}/a")
    job()
    assert not place.files.exists(f"{place.path}/a")
