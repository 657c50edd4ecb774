"""The kiosk's page: what the resident sees and touches, served by the kiosk's agent to the browser beside it."""

from madoguchi.kiosk.page.contract import COINS, Action, KioskMachine, Lamp, Operation, Panel, PanelCard, PanelFault

__all__ = ["COINS", "Action", "KioskMachine", "Lamp", "Operation", "Panel", "PanelCard", "PanelFault"]
