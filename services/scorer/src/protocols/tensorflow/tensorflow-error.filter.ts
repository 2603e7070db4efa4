import { type Problem, toProblem } from '@fraudflow/rpc';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';

interface Reply {
  status(code: number): { send(body: unknown): void };
}

/** Formats errors like TensorFlow Serving's REST API: `{"error": "…"}` with the usual HTTP status. */
@Catch()
export class TensorflowErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const { status, detail }: Problem = toProblem(thrown);
    host.switchToHttp().getResponse<Reply>().status(status).send({ error: detail });
  }
}
