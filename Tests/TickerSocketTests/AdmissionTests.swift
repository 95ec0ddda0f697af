import Testing

@testable import TickerSocket

@Suite("Who may connect, and command")
struct AdmissionTests {
  @Test("a user has a quarter, the reserve is for root and the daemon's user, the limit is for all")
  func limits() {
    var admission = Admission(limit: 100, daemonUser: 99)
    var checked = 0
    func admitted(_ user: UInt32) -> Int { (0..<200).filter { _ in admission.admit(user) }.count }
    checked = admitted(1000)
    #expect(checked == 25)
    checked = admitted(1001)
    #expect(checked == 25)
    checked = admitted(1002)
    #expect(checked == 25)
    checked = admitted(1003)
    #expect(checked == 9)
    checked = admitted(0)
    #expect(checked == 16)
    checked = admitted(99)
    #expect(checked == 0)
    checked = admitted(0)
    #expect(checked == 0)
    admission.leave(1000)
    let further = admission.admit(1000)
    #expect(!further)
    let reserved = admission.admit(0)
    #expect(reserved)
    for _ in 0..<17 { admission.leave(0) }
    #expect(admission.count == 83)
    checked = admitted(1000)
    #expect(checked == 1)
  }

  @Test("however small the limit, somebody gets in", arguments: [1, 2, 3, 4, 16])
  func small(_ limit: Int) {
    var admission = Admission(limit: limit, daemonUser: 99)
    let admitted = admission.admit(1000)
    #expect(admitted)
  }

  @Test("reading is for everybody, changing is not")
  func commands() {
    let harmless: [AdministrativeCommand] = [.status, .sources(after: "")]
    let changing: [AdministrativeCommand] = [.poll("a"), .pause("a"), .resume("a"), .reload]
    #expect(harmless.allSatisfy { !$0.changesSomething })
    #expect(changing.allSatisfy { $0.changesSomething })
    let admission = Admission(limit: 1, daemonUser: 99)
    #expect([UInt32(0), 99, 1000].map(admission.isPrivileged) == [true, true, false])
  }
}
