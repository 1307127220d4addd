//! Networks of the embedded engine.

use anyhow::Result;
use ctrprof_tests::engine::Scene;
use ctrprof_tests::turn::beside_others;
use setup::configuration::NetworkKind;

#[test]
fn on_a_bridge_the_container_has_an_address_and_a_way_out() -> Result<()> {
    let _turn = beside_others();
    for network in [NetworkKind::Bridge, NetworkKind::Pool] {
        let mut scene = Scene::new()?;
        scene.spec.configuration.network = network;
        // Device, destination and gateway in hexadecimal, lowest byte first (proc(5)).
        scene.expect(
            "tail -n +2 /proc/net/route | cut -f 1-3",
            "eth0\t00000000\t0100580A\neth0\t0000580A\t00000000\n",
        )?;
    }
    Ok(())
}

#[test]
fn the_network_host_is_the_worlds() -> Result<()> {
    let _turn = beside_others();
    let mut scene = Scene::new()?;
    scene.spec.configuration.network = NetworkKind::Host;
    scene.expect("grep -c 198.51.100.1 /proc/net/fib_trie; true", "2\n")
}
