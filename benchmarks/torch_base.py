"""What PyTorch contestants share: forward, loss, backward and SGD."""

import os

import torch
from contestant import LEARNING_RATE
from contestant import Contestant as Base

DEVICE = "cuda" if os.environ.get("BENCHMARK_DEVICE") == "gpu" else "cpu"


class TorchContestant(Base):
    """A subclass makes the model, `make_model(problem)`."""

    def __init__(self, problem, precision, option):
        self.x = torch.from_numpy(problem["x"]).to(DEVICE)
        self.y = torch.from_numpy(problem["y"]).to(DEVICE)
        self.model = self.make_model(problem).to(DEVICE)
        self.half = precision == "bfloat16"
        compiled = option == "compiled"
        compiler = torch.compile if compiled else (lambda function: function)
        self.compute_loss = compiler(self._loss)
        self.compute = compiler(self._output)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.SGD(trained, LEARNING_RATE)

    @staticmethod
    def version():
        return f"torch {torch.__version__}"

    def _output(self, x):
        with torch.autocast(DEVICE, torch.bfloat16, enabled=self.half):
            return self.model(x)

    def _loss(self, x, y):
        with torch.autocast(DEVICE, torch.bfloat16, enabled=self.half):
            return torch.nn.functional.mse_loss(self.model(x), y)

    def forward(self):
        with torch.no_grad():
            output = self.compute(self.x)
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        return output

    def step(self):
        self.optimizer.zero_grad()
        loss = self.compute_loss(self.x, self.y)
        loss.backward()
        self.optimizer.step()
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        return loss.item()

    def weights(self):
        # The order of registration: kernel, recurrent kernel, bias.
        return [to_numpy(p).copy() for p in self.model.parameters()]

    def to_numpy(self, result):
        if not torch.is_tensor(result):
            return super().to_numpy(result)
        return to_numpy(result)


def to_numpy(tensor):
    return tensor.detach().float().cpu().numpy()
