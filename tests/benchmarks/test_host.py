from benchmarks.host import Host, fingerprint


def test_fingerprint_is_a_record_that_survives_json():
    host = fingerprint()
    assert Host.model_validate_json(host.model_dump_json()) == host
    assert 1 <= host.usable_cores <= host.logical_cores
    assert "numpy" in host.packages
