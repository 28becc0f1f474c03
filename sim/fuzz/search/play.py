"""Plays a genome on a stage: each gene becomes calls whose numbers come from the state."""

from __future__ import annotations

from sim.chain.failures import OK, name_of
from sim.fuzz.reader import signed
from sim.fuzz.search import desk
from sim.fuzz.search.attended import pass_attended
from sim.fuzz.search.calls import Caller, Played
from sim.fuzz.search.genes import Gene, Genome
from sim.fuzz.trading import UNFILLED

#: Margin of what is opened, as a share of the notional.
MARGINS = (0.0, 0.0, 0.12, 1.1)  # 0: as little as is accepted
_THIN = (0.006, 0.0112, 0.016, 0.0215, 0.0265, 0.035, 0.055, 0.0975, 0.13, 0.3, 0.6)
_TOO_THIN = ("MARGIN_BELOW_INITIAL", "ORDER_STAKE_TOO_SMALL")
#: Lengths of a wait, seconds; no sequence lasts longer than the last one allows thrice.
WAITS = (60, 600, 3_600, 21_600, 86_400, 259_200, 864_000)
SHORTEST_WAIT_S = WAITS[0]
MOST_WAIT_S = 30 * 86_400
_AGAIN = (1, 2, 3, 5, 9)
_DEEPEST = 40  # calls that repetition may add


class Player(Caller):
    """Turns genes into calls on one stage."""

    def run(self, genome: Genome) -> Played:
        """Play a genome to its end."""
        self.stage.coming = self.move if self.world.is_known else None
        for i, gene in enumerate(genome):
            if gene.kind == "again":
                back = genome[max(0, i - 1 - gene.picks[0] % 4) : i]
                for _ in range(_AGAIN[gene.picks[1] % len(_AGAIN)]):
                    if self.played.calls > _DEEPEST:
                        break
                    for each in back:
                        if each.kind != "again":
                            self._gene(each)
            else:
                self._gene(gene)
        return self.played

    def _gene(self, gene: Gene) -> None:
        match gene.kind:
            case "wait":
                self.wait(WAITS[gene.picks[0] % len(WAITS)])
            case "move":
                self.move()
            case "leave":
                self.leave(self.stage.outsiders[gene.picks[0] % len(self.stage.outsiders)])
            case "open":
                self._open(gene)
            case "straddle":
                self._straddle(gene)
            case "close":
                self._close(self._own(gene.picks[0]), self._market(gene.picks[1]))
            case "leave_all":
                for account in sorted(self.played.touched):
                    for m in range(self._count[1]):
                        self._close(account, m)
            case "crowd":
                self._crowd(gene)
            case "sweep":
                for account in sorted(self.played.touched):
                    self._call("liquidate", "keepers", account, self.stage.keeper)
            case _:
                self._verb(gene)

    # ------------------------------------------------------------------ the world

    def wait(self, seconds: int) -> None:
        """Time passes, and a keeper looks in; then the same prices are reported."""
        if self.stage.time_s - self._begun_s + seconds <= MOST_WAIT_S:
            self._note(seconds, "wait", 0)
            self.played.net_usd_wad = max(self.played.net_usd_wad, self._net())
            pass_attended(self.stage, {*self.played.touched, *self.stage.outsiders}, seconds)
            self.played.net_usd_wad = max(self.played.net_usd_wad, self._net())  # a keeper may have closed what hedged

    def _net(self) -> int:
        """The group's net positions now, at cost, USD WAD."""
        markets = range(self._count[1])
        reads = self.stage.arena.reader.reads
        keys = [("position", a, m) for a in sorted(self.played.touched) for m in markets if ("position", a, m) in reads]
        net = [0] * len(markets)
        for (_, _, m), row in zip(keys, self.stage.ask(keys), strict=True):
            net[m] += row[1] if signed(row[0]) > 0 else -row[1]
        return sum(abs(each) for each in net)

    def move(self) -> None:
        """The prices move, once."""
        self.stage.coming = None
        if not any(kind == "move" for _, kind, _ in self.played.events):
            self._note(self.world.moves_in_s, "move", 0)
            truth = list(self.stage.truth)
            for feed, bps in self.world.moves.items():
                truth[feed] = truth[feed] * (10_000 + self.sign * bps) // 10_000
            if self.stage.report(truth, self.world.moves_in_s) != OK:
                raise RuntimeError("a report was refused")

    def leave(self, account: int) -> None:
        """An outsider closes what he has."""
        if (0, account) not in [(kind != "leave", who) for _, kind, who in self.played.events]:
            self._note(0, "leave", account)
            self.played.marks[-1] = "leave"
            for m in range(self._count[1]):
                (row,) = self.stage.ask([("position", account, m)])
                if row[0]:
                    desk.exit_all(self.stage, account, m, signed(row[0]))
            carried = sum(row[0] for row in self.stage.ask([("carried", m) for m in range(self._count[1])]))
            self.played.carried_usd_wad = max(self.played.carried_usd_wad, carried)  # as of the trades of now

    def _note(self, seconds: int, kind: str, what: int) -> None:
        self.played.events.append((self.stage.time_s + seconds - self._begun_s, kind, what))
        self.played.marks.append(f"{kind} {what}")

    # ------------------------------------------------------------------ macros

    def _open(self, gene: Gene) -> None:
        self._thinnest = 0
        account, m = self._own(gene.picks[0]), self._market(gene.picks[1])
        side, margin = gene.picks[2] & 1, MARGINS[gene.picks[3] % len(MARGINS)]
        self._enter(account, m, side, self._notional(m, side, gene.size), margin)

    def _straddle(self, gene: Gene) -> None:
        """As much long as short, in two accounts: who loses more than his margin leaves others the rest."""
        self._thinnest = 0
        m, margin = self._market(gene.picks[1]), MARGINS[gene.picks[3] % len(MARGINS)]
        usd = min(self._notional(m, side, gene.size) for side in (0, 1))
        for side in (0, 1):
            self._enter(self.stage.main[side], m, side, usd, margin)

    def _enter(self, account: int, m: int, side: int, usd: float, margin: float) -> None:
        self.played.touched.add(account)
        signed_usd = -usd if side else usd
        status = OK
        if margin:
            status = desk.enter(self.stage, account, m, signed_usd, margin)
        else:
            k, done = self.stage.cash(m), 0.0
            for thin in _THIN[self._thinnest :]:
                more = self.stage.units(k, usd * (thin - done))
                if self.stage.call("deposit_collateral", "traders", account, k, more) != OK:
                    break
                done = thin
                status = desk.trade(self.stage, account, m, self.stage.size(m, signed_usd))
                if status == OK:
                    self._thinnest = _THIN.index(thin)
                    break
                if status != UNFILLED and name_of(status) not in _TOO_THIN:
                    break
        self.played.moved_usd += usd if status == OK else 0.0
        self._count_in("open", status, f"{side}{usd < 100}")

    def _close(self, account: int, m: int) -> None:
        if account in self.played.touched:
            (row,) = self.stage.ask([("position", account, m)])
            if row[0]:
                self._count_in("close", desk.exit_all(self.stage, account, m, signed(row[0])))

    def _crowd(self, gene: Gene) -> None:
        """Many small positions, each in an account of its own; on one side, or in pairs."""
        m, sides, margin = self._market(gene.picks[1]), gene.picks[2] % 3, MARGINS[gene.picks[3] % len(MARGINS)]
        self._thinnest = 0
        number = (2, 4, 8, 14, 15, 15)[gene.picks[4] % 6]
        for i, account in enumerate(self.stage.crowd[:number]):
            if account not in self.played.touched:
                side = i & 1 if sides == 2 else sides
                self._enter(account, m, side, self._notional(m, side, max(gene.size, 12.0)), margin)
